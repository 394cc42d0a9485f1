import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { kindsThatGrow } from '../support/kept-objects.ts'
import { rejection, source, world } from './contract-programs.ts'
import type { Program, World } from './contract-programs.ts'

const ROUNDS = 6

const restart = { policy: 'transient', maxRestarts: 1_000, withinMs: 1 } as const

/** What is done again and again. Each leaves everything as it was. */
const kinds = {
  'upgrades to new versions, old ones purged': async ({ code, file }) => {
    const ref = await code.spawn()
    let version = 1
    return async () => {
      const from = version++
      await writeFile(file(1), source(String(version), codeChangeFrom(from)))
      await code.upgrade<Program>(file(1))
      expect(await ref.call('step', 'a word')).toBe(String(version))
      if (from > 1) await code.softPurge(String(from - 1))
    }
  },
  'upgrades that fail': async ({ code, file }) => {
    await code.spawn()
    let version = 1
    return async () => {
      const fields = `codeChange: { 1: () => { throw new Error('no') } },`
      await writeFile(file(1), source(String(++version), { fields }))
      expect(await rejection(code.upgrade(file(1)))).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    }
  },
  'upgrades to a file that throws': async ({ code, file }) => {
    await code.spawn()
    let version = 1
    return async () => {
      await writeFile(file(1), source(String(++version), { top: `throw new Error('${version}')` }))
      expect(await rejection(code.upgrade(file(1)))).toMatchObject({ code: 'LOAD_FAILED' })
    }
  },
  'an upgrade and back': async ({ code, file }) => {
    const ref = await code.spawn()
    const downgrade = `downgrade: { 1: 'unchanged' },`
    await writeFile(file(1), source('2', { fields: codeChangeFrom(1).fields + downgrade }))
    await code.load(file(1))
    return async () => {
      await code.upgrade('2')
      await code.rollBack()
      expect(ref.version).toBe('1')
    }
  },
  'processes that come, crash and go':
    async ({ code }) =>
    async () => {
      const ref = await code.spawn({ name: 'one', restart })
      expect(await rejection(ref.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
      expect(await ref.call('log')).toEqual([])
      await ref.stop()
    },
} satisfies Record<string, (world: World) => Promise<() => Promise<unknown>>>

function codeChangeFrom(version: number): { readonly fields: string } {
  return { fields: `codeChange: { ${version}: 'unchanged' },` }
}

test.each([
  ['upgrades to new versions, old ones purged', 'per-process'],
  ['upgrades to new versions, old ones purged', 2],
  ['upgrades that fail', 'per-process'],
  ['upgrades to a file that throws', 2],
  ['an upgrade and back', 2],
  ['processes that come, crash and go', 'per-process'],
] as const)('%s leave no object behind on main, isolates: %s', async (kind, isolates) => {
  const made = await world([{}], {}, undefined, { isolates })
  const round = await kinds[kind](made)
  for (let at = 0; at < 2; at++) await round()
  expect(await kindsThatGrow(round, ROUNDS)).toEqual([])
})
