// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Contract } from '../../../../src/protocol/definition/contract.ts'
import { phases } from '../../../../src/upgrade/plan/phases.ts'
import { planUpgrade } from '../../../../src/upgrade/plan/plan.ts'
import type { PlanRequest } from '../../../../src/upgrade/plan/plan.ts'
import { findPath, isPath } from '../../../../src/upgrade/plan/migration-path.ts'
import type { PlannedVersion } from '../../../../src/upgrade/plan/migration-path.ts'

/** Labels that would be found on Object.prototype, among plain ones. */
const label = fc.constantFrom('1.0.0', '2.0.0', '3', 'toString', '__proto__', 'constructor')
const names = fc.uniqueArray(fc.constantFrom('get', 'set', 'add', 'toString', '__proto__'))
const step = fc.constantFrom<'function' | 'unchanged'>('function', 'unchanged')

const contract: fc.Arbitrary<Contract> = fc
  .record({
    version: label,
    calls: names,
    casts: names,
    steps: fc.uniqueArray(fc.tuple(label, step), { selector: ([from]) => from }),
    downgrade: fc.uniqueArray(fc.tuple(label, step), { selector: ([to]) => to }),
  })
  .map(({ version, calls, casts, steps, downgrade }) => ({
    version,
    calls,
    casts: casts.filter((name) => !calls.includes(name)),
    codeChange: Object.fromEntries(steps),
    downgrade: Object.fromEntries(downgrade),
    upcasts: [],
    checksPayloads: false,
    concurrency: 1,
  }))

const nothing = {
  write: false,
  childProcess: false,
  worker: false,
  net: false,
  addons: false,
}

const version = fc
  .record({ contract, hash: fc.constantFrom('a', 'b', 'c'), read: fc.boolean() })
  .map(({ contract: one, hash, read }) => {
    const permissions = { ...nothing, read }
    return { contract: one, declared: one.version, image: { hash }, permissions }
  })

const request: fc.Arbitrary<PlanRequest> = fc.record({
  codeName: fc.constant('code'),
  running: fc.array(version, { minLength: 1, maxLength: 4 }),
  target: version,
  known: fc.constant([]),
  direction: fc.constantFrom<'upgrade' | 'downgrade'>('upgrade', 'downgrade'),
  allowRemoved: fc.boolean(),
  allowWider: fc.boolean(),
  rehearse: fc.boolean(),
  hold: fc.boolean(),
  extra: fc.jsonValue(),
})

/** What the plan must be for one process, spelled out a second time and differently. */
function verdictOn(running: PlannedVersion, asked: PlanRequest): string {
  const { contract: old, image, permissions } = running
  const { target, direction, allowRemoved, allowWider } = asked
  if (image.hash === target.image.hash) return 'IDENTICAL_VERSION'
  const isWider = target.permissions?.read === true && permissions?.read === false
  if (isWider && !allowWider) return 'PERMISSIONS_WIDER'
  const tagged = ({ calls, casts }: Contract): string[] => [
    ...calls.map((name) => `call ${name}`),
    ...casts.map((name) => `cast ${name}`),
  ]
  const kept = new Set(tagged(target.contract))
  if (!allowRemoved && !tagged(old).every((name) => kept.has(name))) return 'CALLS_REMOVED'
  const isUpgrade = direction === 'upgrade'
  const newer = isUpgrade ? target.contract : old
  const label = isUpgrade ? old.version : target.contract.version
  const there = new Map(Object.entries(isUpgrade ? newer.codeChange : newer.downgrade)).get(label)
  const back = new Map(Object.entries(isUpgrade ? newer.downgrade : newer.codeChange)).get(label)
  const found = there ?? (back === 'unchanged' ? back : undefined)
  if (found === undefined) return 'NO_MIGRATION'
  return found === 'function' ? (isUpgrade ? 'codeChange' : 'downgrade') : 'unchanged'
}

test('a plan is what the versions allow, or the first refusal', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const before = structuredClone(asked)
      const verdicts = asked.running.map((running) => verdictOn(running, asked))
      const refusal = verdicts.find((verdict) => verdict === verdict.toUpperCase())
      if (refusal !== undefined) {
        const expected = { code: refusal, codeName: 'code', phase: 'plan' }
        expect(() => planUpgrade(asked)).toThrow(expect.objectContaining(expected))
      } else {
        const plan = planUpgrade(asked)
        expect(
          plan.paths.map(({ leave, enter }) => (leave.by === 'unchanged' ? enter : leave).by),
        ).toEqual(verdicts)
        expect(plan.paths.every(({ enter }) => enter.extra === asked.extra)).toBe(true)
        expect(plan.hold).toBe(asked.hold || asked.running.length > 1)
        const isRehearsed = asked.rehearse && verdicts.includes('codeChange')
        expect(plan.phases).toEqual(
          phases.filter((each) => each !== 'probation' && (each !== 'rehearse' || isRehearsed)),
        )
      }
      expect(asked).toEqual(before)
    }),
    { numRuns: 2000 },
  )
})

test('over versions between, a plan has the path of each process, or refuses the first that has none', () => {
  fc.assert(
    fc.property(request, fc.array(version, { maxLength: 5 }), (asked, known) => {
      const composed = { ...asked, known, allowRemoved: true, allowWider: true }
      const { running, target } = composed
      const found = running.map((from) => findPath({ ...composed, from }))
      const at = found.findIndex((each, index) => {
        return !isPath(each) || running[index]?.image.hash === target.image.hash
      })
      if (at < 0) {
        const { paths, phases: planned } = planUpgrade(composed)
        expect(paths).toEqual(found)
        const steps = paths.flatMap(({ enter, hops }) => [
          enter,
          ...hops.map(({ migration }) => migration),
        ])
        const isRehearsed = asked.rehearse && steps.some(({ by }) => by === 'codeChange')
        expect(planned.includes('rehearse')).toBe(isRehearsed)
        return
      }
      const isSame = running[at]?.image.hash === target.image.hash
      const code = isSame ? 'IDENTICAL_VERSION' : 'NO_MIGRATION'
      const from = running[at]?.contract.version
      const to = target.contract.version
      expect(() => planUpgrade(composed)).toThrow(expect.objectContaining({ code, from, to }))
    }),
    { numRuns: 2000 },
  )
})

const base: Contract = {
  version: '1',
  calls: ['get', 'add'],
  casts: ['reset'],
  codeChange: {},
  downgrade: { '0': 'function' },
  upcasts: [],
  checksPayloads: false,
  concurrency: 1,
}

function ask(target: Partial<Contract>, direction: PlanRequest['direction']): PlanRequest {
  return {
    codeName: 'counter',
    running: [{ contract: base, declared: '1', image: { hash: 'old' } }],
    target: {
      contract: { ...base, version: '2', ...target },
      declared: '2',
      image: { hash: 'new' },
    },
    known: [],
    direction,
    allowRemoved: false,
    allowWider: false,
    rehearse: true,
    hold: false,
    extra: undefined,
  }
}

test('a refusal says what is missing and what there is', () => {
  expect(() => planUpgrade(ask({ codeChange: { '0.9': 'function' } }, 'upgrade'))).toThrow(
    expect.objectContaining({
      code: 'NO_MIGRATION',
      from: '1',
      to: '2',
      expected: "codeChange['1'] in 2: a function or 'unchanged'",
      received: '0.9',
    }),
  )
  expect(() => planUpgrade(ask({}, 'downgrade'))).toThrow(
    expect.objectContaining({
      expected: "downgrade['2'] in 1: a function or 'unchanged'",
      received: '0',
    }),
  )
  expect(() => planUpgrade(ask({ calls: ['get'], casts: ['reset', 'add'] }, 'upgrade'))).toThrow(
    expect.objectContaining({ code: 'CALLS_REMOVED', received: 'none named add' }),
  )
})

/** 1, 2 and 4 of a program whose versions know their neighbours; 3 is not there. */
const sparse = [1, 2, 4].map((number): PlannedVersion => {
  const [version, before] = [String(number), String(number - 1)]
  const codeChange = { [before]: 'function' } as const
  return {
    contract: { ...base, version, codeChange, downgrade: codeChange },
    declared: version,
    image: { hash: version },
  }
})
const [first, , last] = sparse as [PlannedVersion, PlannedVersion, PlannedVersion]

test.each([
  {
    direction: 'upgrade',
    running: first,
    target: last,
    missing: 'between 2 and 4',
    expected: "codeChange['2'] in 4: a function or 'unchanged'",
    received: '3',
  },
  {
    direction: 'downgrade',
    running: last,
    target: first,
    missing: 'between 4 and 2',
    expected: "downgrade['2'] in 4: a function or 'unchanged'",
    received: '3',
  },
] as const)(
  'a refused $direction names the two versions between which a step is missing',
  (gap) => {
    const { direction, running, target, missing, expected, received } = gap
    const asked = { ...ask({}, direction), running: [running], target, known: sparse }
    expect(() => planUpgrade(asked)).toThrow(
      expect.objectContaining({
        code: 'NO_MIGRATION',
        from: running.contract.version,
        to: target.contract.version,
        message: expect.stringContaining(missing) as string,
        expected,
        received,
      }),
    )
  },
)

test('of an edit the version is named as its file declares it, and the build beside it', () => {
  const edit: PlannedVersion = {
    contract: { ...base, version: '1+3f2a9c1b' },
    declared: '1',
    image: { hash: 'edit' },
  }
  const asked = { ...ask({}, 'upgrade'), running: [edit] }
  expect(() => planUpgrade(asked)).toThrow(
    expect.objectContaining({
      code: 'NO_MIGRATION',
      from: '1+3f2a9c1b',
      message: expect.stringContaining(
        "a step is missing between 1 (build 1+3f2a9c1b) and 2, there is no codeChange['1'] in 2",
      ) as string,
      expected: "codeChange['1'] in 2: a function or 'unchanged'",
    }),
  )
})
