// @module-tag once
import { expect, test } from 'vitest'
import type { Migration } from '../../../../src/protocol/wire/migration.ts'
import { findPath } from '../../../../src/upgrade/plan/migration-path.ts'
import type {
  Gap,
  MigrationPath,
  PlannedVersion,
} from '../../../../src/upgrade/plan/migration-path.ts'
import { version } from './planned-version.ts'

/** Versions that know their neighbours, upwards and downwards. */
const chain = [
  version('1', [], []),
  version('2', [['1', 'function']], [['1', 'function']]),
  version('3', [['2', 'function']], [['2', 'function']]),
  version('4', [['3', 'function']], [['3', 'function']]),
] as const

function find(
  from: PlannedVersion,
  target: PlannedVersion,
  direction: 'upgrade' | 'downgrade',
  known: readonly PlannedVersion[] = chain,
): MigrationPath | Gap {
  return findPath({ from, target, known, direction, extra: 7 })
}

function migration(from: string, to: string, by: Migration['by']): Migration {
  return { from, to, by, extra: 7 }
}

test('upwards each codeChange runs in the version that it leads to', () => {
  expect(find(chain[0], chain[3], 'upgrade')).toMatchObject({
    leave: migration('1', '2', 'unchanged'),
    hops: [
      { version: '2', migration: migration('1', '2', 'codeChange') },
      { version: '3', migration: migration('2', '3', 'codeChange') },
    ],
    enter: migration('3', '4', 'codeChange'),
  })
})

test('downwards each downgrade runs in the version that it leaves', () => {
  expect(find(chain[3], chain[0], 'downgrade')).toMatchObject({
    leave: migration('4', '3', 'downgrade'),
    hops: [
      { version: '3', migration: migration('3', '2', 'downgrade') },
      { version: '2', migration: migration('2', '1', 'downgrade') },
    ],
    enter: migration('2', '1', 'unchanged'),
  })
})

test("where a step is 'unchanged' the state does not stop", () => {
  const same = version('2', [['1', 'unchanged']], [])
  const last = version('4', [['3', 'unchanged']], [])
  const known = [chain[0], same, chain[2], last]
  expect(find(chain[0], last, 'upgrade', known)).toMatchObject({
    leave: migration('1', '2', 'unchanged'),
    hops: [{ version: '3', migration: migration('2', '3', 'codeChange') }],
    enter: migration('3', '4', 'unchanged'),
  })
})

test('one step that leads straight there is taken before any others, whatever is known', () => {
  const straight = version(
    '4',
    [
      ['3', 'function'],
      ['1', 'function'],
    ],
    [
      ['1', 'function'],
      ['3', 'function'],
    ],
  )
  expect(find(chain[0], straight, 'upgrade')).toMatchObject({
    hops: [],
    enter: { from: '1', to: '4' },
  })
  expect(find(straight, chain[0], 'downgrade')).toMatchObject({ leave: { to: '1' }, hops: [] })
})

test.each([
  ['upgrade', 0, 3, { from: '1', to: '3' }],
  ['downgrade', 3, 0, { from: '3', to: '1' }],
] as const)('without version 2 an %s lacks the step over it', (direction, from, to, gap) => {
  const known = chain.filter(({ contract }) => contract.version !== '2')
  expect(find(chain[from], chain[to], direction, known)).toEqual(gap)
})

test('a step that is missing is missed before the target, whatever lies beyond it', () => {
  const beyond = [
    version('1', [], []),
    version('2', [], []),
    version('3', [['1', 'function']], [['1', 'function']]),
  ] as const
  expect(find(beyond[0], beyond[1], 'upgrade', beyond)).toEqual({ from: '1', to: '2' })
  const before = [
    version('1', [], []),
    version('2', [], []),
    version('3', [], [['1', 'function']]),
  ] as const
  expect(find(before[2], before[1], 'downgrade', before)).toEqual({ from: '3', to: '2' })
})

test('other bytes under the same label lead nowhere but by a step to itself', () => {
  const again = { ...chain[1], hash: 'other' }
  expect(find(chain[1], again, 'upgrade')).toEqual({ from: '2', to: '2' })
  const own = version('2', [['2', 'function']], [['2', 'function']])
  expect(find(chain[1], own, 'upgrade')).toMatchObject({ hops: [], enter: { from: '2' } })
})

test('versions that lead round in a circle are passed once', () => {
  const circle = [
    version('1', [['3', 'function']], [['2', 'function']]),
    version('2', [['1', 'function']], [['3', 'function']]),
    version('3', [['2', 'function']], [['1', 'function']]),
  ] as const
  expect(find(circle[0], circle[2], 'upgrade', circle)).toMatchObject({
    hops: [{ version: '2' }],
  })
  expect(find(circle[0], chain[3], 'downgrade', circle)).toMatchObject({ to: '4' })
})

test('two builds of one declared version are a step apart, either way, and nothing runs', () => {
  const one = version('1', [], [])
  const build = { ...one, contract: { ...one.contract, version: '1+a' }, hash: 'a' }
  const two = version('2', [['1', 'function']], [['1', 'function']])
  for (const direction of ['upgrade', 'downgrade'] as const) {
    const request = { from: one, target: build, known: [one], direction, extra: undefined }
    expect(findPath(request)).toMatchObject({
      leave: { by: 'unchanged' },
      hops: [],
      enter: { by: 'unchanged' },
    })
  }
  const known = [one, build, two]
  const up = { from: build, target: two, known, direction: 'upgrade', extra: undefined } as const
  expect(findPath(up)).toMatchObject({ hops: [], enter: { from: '1', by: 'codeChange' } })
  const down = { ...up, from: two, target: build, direction: 'downgrade' } as const
  expect(findPath(down)).toMatchObject({ leave: { to: '1', by: 'downgrade' }, hops: [] })
})
