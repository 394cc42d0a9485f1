import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Program, World } from './contract-programs.ts'

/** What waits for the new version is handled first there, and never ends. */
const endless = 'number: () => { for (;;) {} },'

interface Case {
  readonly isolates: 'per-process' | number
  readonly codeChange: string
  readonly mode: 'atomic' | 'rolling'
}

const direct = '(state) => state'
const awaited = 'async (state) => state'
const cases: readonly Case[] = [
  { isolates: 'per-process', codeChange: direct, mode: 'atomic' },
  { isolates: 'per-process', codeChange: awaited, mode: 'atomic' },
  { isolates: 1, codeChange: direct, mode: 'atomic' },
  { isolates: 1, codeChange: direct, mode: 'rolling' },
  { isolates: 1, codeChange: awaited, mode: 'rolling' },
]

async function upgraded({ isolates, codeChange, mode }: Case): Promise<{
  readonly made: World
  readonly ref: Awaited<ReturnType<World['code']['spawn']>>
  readonly endlessCall: Promise<unknown>
}> {
  const fields = `codeChange: { '1': ${codeChange} },`
  const made = await world([{}, { fields, calls: endless }])
  const code = await made.runtime.load<Program>(made.file(1), { name: 'own', isolates })
  const ref = await code.spawn({ name: 'first' })
  const running = ref.call('wait', 'gate')
  await made.gates.reached('gate')
  // A dry run would wait for the handler, and what comes behind it would be the old version's.
  const upgrading = code.upgrade(made.file(2), { mode, rehearse: false })
  await expect.poll(() => ref.inspect()).toMatchObject({ lifecycle: 'suspended' })
  const endlessCall = rejection(ref.call('number', 1))
  made.gates.open('gate')
  await running
  const { processes } = await upgrading
  expect(processes).toMatchObject([{ name: 'first', messagesHeld: 1 }])
  return { made, ref, endlessCall }
}

test.each(cases)(
  'an upgrade resolves at the swap though the first message never ends, and a stop ends it: $isolates, $codeChange, $mode',
  async (each) => {
    const { ref, endlessCall } = await upgraded(each)
    expect(ref.version).toBe('2')
    await ref.stop({ timeoutMs: 50 })
    expect(await endlessCall).toMatchObject({ code: 'PROCESS_STOPPED' })
  },
)

test.each(cases.slice(0, 2))('a close ends it: $isolates, $codeChange, $mode', async (each) => {
  const { made, endlessCall } = await upgraded(each)
  await made.runtime.close({ timeoutMs: 50 })
  expect(made.runtime.isolates).toBe(0)
  expect(await endlessCall).toMatchObject({ code: 'PROCESS_STOPPED' })
})
