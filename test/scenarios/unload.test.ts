import type { Code } from 'moult'
import { describe, expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Program } from './contract-programs.ts'
import { event, text, watched } from './watched.ts'

const versions = [
  {},
  { fields: "codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' }," },
  {},
]

async function begin(isolates: 'per-process' | number, processes = 3) {
  const made = await world(versions)
  const load = (): Promise<Code<Program>> =>
    made.runtime.load<Program>(made.file(1), { name: 'rooms', isolates })
  const code = await load()
  await code.load(made.file(2))
  const names = Array.from({ length: processes }, (_none, index) => `room ${index}`)
  const refs = await Promise.all(names.map((name) => code.spawn({ name })))
  return { ...made, load, code, refs }
}

/** What is asked of a code that has been unloaded. */
const requests: Record<string, (code: Code<Program>) => unknown> = {
  spawn: (code) => code.spawn(),
  'spawn of a version': (code) => code.spawn({ version: '1' }),
  load: (code) => code.load('nothing.js'),
  upgrade: (code) => code.upgrade('2'),
  downgrade: (code) => code.downgrade('1'),
  rollBack: (code) => code.rollBack(),
  softPurge: (code) => code.softPurge('1'),
  purge: (code) => code.purge('1'),
  watch: (code) => code.watch(),
}

async function expectUnloaded(code: Code<Program>): Promise<void> {
  for (const [name, ask] of Object.entries(requests)) {
    const asked = rejection((async () => ask(code))())
    expect([name, await asked]).toMatchObject([name, { code: 'CODE_UNLOADED', codeName: 'rooms' }])
  }
  expect([code.processes, await code.versions()]).toEqual([[], []])
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('ends processes, versions and threads, and frees the names', async () => {
    const made = await begin(isolates)
    const { runtime, code, refs, load, file } = made
    await code.upgrade('2', { only: ['room 1'] })
    const accepted = refs.slice(1).map((ref) => ref.call('relay', 'room 0'))
    await code.unload({ timeoutMs: 5000 })
    expect(await Promise.all(accepted)).toEqual(accepted.map(() => 'not a number'))
    expect([runtime.processes(), runtime.isolates]).toEqual([[], 0])
    for (const ref of refs) {
      const stopped = { code: 'PROCESS_STOPPED' }
      expect(await rejection(ref.call('log'))).toMatchObject(stopped)
      expect(await rejection(ref.upgrade(file(2)))).toMatchObject(stopped)
    }
    await expectUnloaded(code)
    await code.unload()
    const again = await load()
    expect(again).not.toBe(code)
    const fresh = await again.spawn({ name: 'room 0' })
    expect(await fresh.call('log')).toEqual([])
    await again.upgrade(file(2))
    await code.unload()
    expect(await fresh.call('number', 1)).toBe(1)
  })
})

test('is refused while the whole code is upgraded, and changes nothing then', async () => {
  const { code, refs, gates } = await begin('per-process', 1)
  const [ref] = refs
  const held = ref!.call('wait', 'gate')
  await gates.reached('gate')
  const upgrade = code.upgrade('2')
  const refused = { code: 'UPGRADE_IN_PROGRESS', codeName: 'rooms' }
  expect(await rejection(code.unload())).toMatchObject(refused)
  gates.open('gate')
  await held
  expect(await upgrade).toMatchObject({ to: { version: '2' } })
  expect(await ref!.call('number', 1)).toBe(1)
  expect(await rejection(code.unload({ timeoutMs: -1 }))).toMatchObject({ code: 'INVALID_OPTION' })
  const [one, other] = [code.unload(), code.unload()]
  const late = rejection(code.spawn())
  await Promise.all([one, other])
  expect(await late).toMatchObject({ code: 'CODE_UNLOADED' })
})

test('waits for spawns that are under way, and stops their processes, too', async () => {
  const { runtime, code } = await begin('per-process', 0)
  const spawned = code.spawn({ name: 'late' })
  await code.unload()
  const late = await spawned
  expect(await rejection(late.call('log'))).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect([runtime.whereis('late'), runtime.processes()]).toEqual([undefined, []])
})

test('does not wait longer than it is told for a handler that never ends', async () => {
  const { runtime, code, refs, gates } = await begin('per-process', 1)
  const stuck = rejection(refs[0]!.call('wait', 'never'))
  await gates.reached('never')
  await code.unload({ timeoutMs: 20 })
  expect(await stuck).toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(runtime.isolates).toBe(0)
})

test('its images are gone, and those of another code stay', async () => {
  const { runtime, code, file } = await begin('per-process', 1)
  const other = await runtime.load<Program>(file(2), { name: 'other' })
  const { hash } = await code.load(file(3))
  await code.unload()
  const image = runtime.load({ image: hash }, { name: 'of the image' })
  expect(await rejection(image)).toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  const kept = await other.spawn()
  expect(await kept.call('number', 1)).toBe(1)
})

test('a watch of it closes, and sees no save any more', async () => {
  const { project, code, watch } = await watched()
  await project.save('main.ts', text('b'))
  await event(watch, 'upgraded')
  const told: string[] = []
  for (const name of ['upgraded', 'failed', 'unchanged'] as const) {
    watch.on(name, () => told.push(name))
  }
  await code.unload()
  // What was under way may have been told.
  told.length = 0
  await project.save('main.ts', text('c'))
  await watch.close()
  expect(told).toEqual([])
})

test('a name that is given means one code', async () => {
  const { runtime, code, file, load } = await begin('per-process', 0)
  const taken = { code: 'NAME_TAKEN', codeName: 'rooms', received: 'rooms', file: file(2) }
  expect(await rejection(runtime.load(file(2), { name: 'rooms' }))).toMatchObject(taken)
  const shared = runtime.load(file(1), { name: 'rooms', isolates: 3 })
  expect(await rejection(shared)).toMatchObject({ code: 'INVALID_OPTION' })
  expect(await load()).toBe(code)
  await code.unload()
  expect((await runtime.load(file(2), { name: 'rooms' })).version.version).toBe('2')
})
