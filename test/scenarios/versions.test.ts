// @module-tag once
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import {
  expectNoOthers,
  expectUntouched,
  labelsOf,
  loadAll,
  open,
  roomFile,
  statesOf,
} from './rooms.ts'
import type { Room } from './rooms.ts'

test('what a version is to its code, through a whole life', async () => {
  const rooms = await open(0)
  const { code } = rooms
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current' })
  await expectNoOthers(rooms, 1)
  const ref = await code.spawn()
  await expectNoOthers(rooms)
  expect(await code.load(roomFile('v2'))).toMatchObject({ version: '2.0.0' })
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current', '2.0.0': 'loaded' })
  await expectNoOthers(rooms, 1)
  const pinned = await code.spawn({ version: '1.0.0' })
  await code.upgrade('2.0.0')
  expect(await statesOf(code)).toEqual({ '1.0.0': 'old', '2.0.0': 'current' })
  await pinned.stop()
  expect(await statesOf(code)).toEqual({ '1.0.0': 'retired', '2.0.0': 'current' })
  await expectNoOthers(rooms)
  await code.rollBack()
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current', '2.0.0': 'retired' })
  await code.softPurge('2.0.0')
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current' })
  await code.load(roomFile('v2'))
  expect(await statesOf(code)).toEqual({ '1.0.0': 'current', '2.0.0': 'loaded' })
  await expectNoOthers(rooms, 1)
  await code.upgrade('2.0.0')
  expect(await ref.call('trail')).toEqual([
    '1.0.0',
    '2.0.0: 1.0.0 → 2.0.0',
    '2.0.0: 2.0.0 → 1.0.0',
    '2.0.0: 1.0.0 → 2.0.0',
  ])
  await expectNoOthers(rooms)
})

test('any number of versions at once, each with its processes, isolates, memory and sources', async () => {
  const rooms = await open(1)
  const { code, refs } = rooms
  await loadAll(code, 'v2', 'v3', 'v4')
  await expectNoOthers(rooms, 3)
  const labels = ['1.0.0', '2.0.0', '3.0.0', '4.0.0']
  const pinned = await Promise.all(labels.map((version) => code.spawn({ version, name: version })))
  await expectNoOthers(rooms)
  expect(await Promise.all(pinned.map((ref) => ref.call('trail')))).toEqual(
    labels.map((label) => [label]),
  )
  expect([refs[0]!, ...pinned].map((ref) => ref.isPinned)).toEqual([false, true, true, true, true])
  const versions = await code.versions()
  expect(versions.map(({ version }) => version)).toEqual(labels)
  const threads = await Promise.all(pinned.map(async (ref) => (await ref.inspect()).threadId))
  for (const [index, info] of versions.entries()) {
    const { processes, isolates, hash, file, sources, loadedAt, imageBytes } = info
    expect(processes).toEqual(index === 0 ? ['room 0', '1.0.0'] : [labels[index]])
    expect(isolates).toHaveLength(processes.length)
    expect(isolates.map(({ threadId }) => threadId)).toContain(threads[index])
    for (const { memory } of isolates) expect(memory?.heapUsed).toBeGreaterThan(100_000)
    expect((await pinned[index]!.inspect()).hash).toBe(hash)
    expect(file).toBe(roomFile(`v${index + 1}`).pathname)
    expect(sources.map((source) => path.basename(source.path))).toContain('room.ts')
    expect(loadedAt).toBeInstanceOf(Date)
    expect(imageBytes).toBeGreaterThan(100)
  }
})

test('a version whose thread is busy is listed all the same, without its memory', async () => {
  const { code, refs } = await open(1)
  const flag = new Int32Array(new SharedArrayBuffer(8))
  const held = refs[0]!.call('hold', flag)
  await expect.poll(() => Atomics.load(flag, 1)).toBe(1)
  const [info] = await code.versions()
  expect(info).toMatchObject({ processes: ['room 0'], isolates: [{ memory: undefined }] })
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
  await held
})

test('an upgrade of the whole code passes over those that are pinned, and says so', async () => {
  const rooms = await open(3)
  const { code, refs } = rooms
  const pinned = await code.spawn({ name: 'pinned', version: '1.0.0' })
  await loadAll(code, 'v2')
  await refs[1]!.upgrade('2.0.0')
  expect(refs[1]!.isPinned).toBe(true)
  const report = await code.upgrade(roomFile('v2'))
  expect(report.pinned).toEqual(['pinned'])
  expect(report.processes.map(({ name }) => name)).toEqual(['room 0', 'room 2'])
  const next = await code.upgrade(roomFile('v3'))
  expect(next.pinned.toSorted()).toEqual(['pinned', 'room 1'])
  expect(labelsOf([...refs, pinned])).toEqual(['3.0.0', '2.0.0', '3.0.0', '1.0.0'])

  // By its file a version is only where the process goes, not where it stays.
  await pinned.upgrade(roomFile('v3'))
  expect([pinned.isPinned, pinned.version]).toEqual([false, '3.0.0'])
  const last = await code.upgrade(roomFile('v4'))
  expect(last.pinned).toEqual(['room 1'])
  expect(labelsOf([...refs, pinned])).toEqual(['4.0.0', '2.0.0', '4.0.0', '4.0.0'])
  await expectNoOthers(rooms)
})

test('a pinned process is made anew on its version, and its pin ends with it', async () => {
  const { code, refs } = await open(1)
  await loadAll(code, 'v2', 'v3')
  const pinned = await code.spawn({ version: '2.0.0', name: 'pinned' })
  await code.upgrade('3.0.0')
  await expect(pinned.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await pinned.call('trail')).toEqual(['2.0.0'])
  expect(pinned.isPinned).toBe(true)
  await pinned.stop()
  expect((await code.upgrade(roomFile('v4'))).pinned).toEqual([])
  expect(labelsOf(refs)).toEqual(['4.0.0'])
})

test('a process that is stopped while it is being pinned leaves no pin behind', async () => {
  const gates = new TestGates()
  const { code, refs } = await open(2, {
    faultPoint: (phase) => (phase === 'unload' ? gates.pass(phase) : undefined),
  })
  await loadAll(code, 'v2', 'v3')
  const upgrade = refs[0]!.upgrade('2.0.0')
  await gates.reached('unload')
  await refs[0]!.stop()
  gates.open('unload')
  await upgrade
  expect((await code.upgrade('3.0.0')).pinned).toEqual([])
})

test('an isolate that a load keeps goes with the first process, or when its version is passed by', async () => {
  const rooms = await open(1)
  const { code } = rooms
  await loadAll(code, 'v2', 'v3', 'v4', 'v4')
  await expectNoOthers(rooms, 3)
  await code.upgrade('2.0.0')
  // What was loaded last may yet be wanted; what lies between is let go.
  await expectNoOthers(rooms, 1)
  await code.upgrade('4.0.0')
  await expectNoOthers(rooms)
  await expect(code.load(roomFile('v2-other'))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' })
  await expectNoOthers(rooms)
})

test.each(['spawn', 'upgrade', 'downgrade', 'ref.upgrade', 'purge'] as const)(
  'a label that nobody has is refused by %s',
  async (how) => {
    const rooms = await open(1)
    const { code, refs } = rooms
    await code.load(roomFile('v2'))
    const ways = {
      spawn: () => code.spawn({ version: '9.9.9' }),
      upgrade: () => code.upgrade('9.9.9'),
      downgrade: () => code.downgrade('9.9.9'),
      'ref.upgrade': () => refs[0]!.upgrade('9.9.9'),
      purge: () => code.purge('9.9.9'),
    }
    expect(await expectUntouched(rooms, ways[how])).toMatchObject({
      code: 'UNKNOWN_VERSION',
      received: '9.9.9',
      expected: 'one of 1.0.0, 2.0.0',
    })
    await expectNoOthers(rooms, 1)
  },
)

/** A folder of its own with files that import nothing. */
async function folder(files: Record<string, string>): Promise<string> {
  const made = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-versions-')))
  onTestFinished(() => rm(made, { recursive: true }))
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(made, file), text)
  return made
}

test('the same bytes from another folder are the version that is there, with all that is known of it', async () => {
  const program = (version: string): string =>
    `export default { version: '${version}', init: () => 1, calls: { get: (state) => state }, codeChange: { 1: 'unchanged' } }`
  const files = { 'package.json': '{}', 'main.mjs': program('1'), 'next.mjs': program('2') }
  const [one, two] = [await folder(files), await folder(files)]
  const runtime = await testRuntime()
  const code = await runtime.load<Room>(path.join(one, 'main.mjs'))
  await code.spawn({ name: 'first' })
  await code.spawn({ name: 'second' })
  await code.load(path.join(one, 'next.mjs'))
  await code.load(path.join(two, 'next.mjs'))
  await code.upgrade(path.join(two, 'next.mjs'), { only: ['first'] })
  await code.upgrade(path.join(one, 'next.mjs'))
  const [old, current] = await code.versions()
  expect(old).toMatchObject({ version: '1', state: 'retired', processes: [] })
  expect(current).toMatchObject({ state: 'current', processes: ['first', 'second'] })
  await expect(code.purge('2')).rejects.toMatchObject({ code: 'VERSION_IN_USE' })
  await expect.poll(() => runtime.isolates).toBe(2)
})

test('labels that Object.prototype has are labels like any other', async () => {
  const program = (version: string, from: string): string => `
    const label = ${JSON.stringify(version)}
    const step = (state, { from, to }) => [...state, label + ': ' + from + ' → ' + to]
    export default {
      version: label,
      init: () => [label],
      calls: { get: (state) => state },
      codeChange: { [${JSON.stringify(from)}]: step },
      downgrade: { [${JSON.stringify(from)}]: step },
    }`
  const made = await folder({
    'package.json': '{}',
    'one.mjs': program('__proto__', 'none'),
    'two.mjs': program('constructor', '__proto__'),
    'three.mjs': program('toString', 'constructor'),
  })
  const runtime = await testRuntime()
  const code = await runtime.load<Room>(path.join(made, 'one.mjs'))
  const ref = await code.spawn({ version: '__proto__' })
  await expect(code.upgrade('hasOwnProperty')).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' })
  await expect(code.upgrade('constructor')).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' })
  await code.load(path.join(made, 'two.mjs'))
  await ref.upgrade(path.join(made, 'three.mjs'))
  await code.upgrade('toString', { only: 1 })
  await ref.downgrade('__proto__')
  expect(await ref.state()).toEqual([
    '__proto__',
    'constructor: __proto__ → constructor',
    'toString: constructor → toString',
    'toString: toString → constructor',
    'constructor: constructor → __proto__',
  ])
})
