import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createRuntime } from 'moult'
import type { Runtime } from 'moult'
import { expect, test } from 'vitest'
import type witness from '../fixtures/witness/v1.ts'
import { fixture, silentLogger, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { TestGates } from './gates.ts'
import { files, share, versionsOf } from './shared.ts'
import { v1, v2 } from './witnesses.ts'

test.each([
  ['working', ['2:b', 'closed']],
  ['failing', ['CODE_CHANGE_FAILED', '1:b', 'closed']],
])('a Node process ends by itself after %s', async (mode, lines) => {
  const file = fileURLToPath(fixture('leave-by-itself.mjs'))
  const args = [file, fileURLToPath(v1), fileURLToPath(v2), mode]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 })
  expect(stdout.trim().split('\n')).toEqual(lines)
  expect(stderr).toBe('')
})

test('close drains: what was accepted is handled, what comes later is refused', async () => {
  const runtime = await testRuntime()
  const ref = await (await runtime.load<typeof witness>(v1)).spawn()
  const accepted = Array.from({ length: 2000 }, (_, index) => ref.call('note', String(index)))
  const closed = runtime.close()
  const replies = await Promise.all(accepted)
  expect(replies).toEqual(replies.map((_, index) => `1:${index}`))
  await closed
  expect(runtime.isolates).toBe(0)
  await expect(ref.call('note', 'late')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
})

test('close gives up an upgrade at a fault point that never settles', async () => {
  const faultPoint = (): Promise<void> => new Promise(() => undefined)
  const runtime = await testRuntime({ faultPoint })
  const code = await runtime.load<typeof witness>(v1)
  const ref = await code.spawn()
  const upgrade = rejection(code.upgrade(v2))
  expect(await ref.call('note', 'a')).toBe('1:a')
  await runtime.close({ timeoutMs: 500 })
  expect(await upgrade).toMatchObject({ code: 'RUNTIME_CLOSED' })
})

test('close without drain: the running handler finishes, what waited is told', async () => {
  const gates = new TestGates()
  const runtime = await testRuntime({ services: gates.services })
  const ref = await (await runtime.load<typeof witness>(v1)).spawn()
  const running = ref.call('noteSlowly', 'running')
  const waiting = ref.call('note', 'waiting').catch((error: unknown) => error)
  await gates.reached('running')
  const closed = runtime.close({ drain: false })
  await turn()
  gates.open('running')
  expect(await running).toBe('1:running')
  expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED' })
  await closed
})

test.each(['fail', 'wait'] as const)(
  'a process that an upgrade waits for is stopped in its time, the others are upgraded: %s',
  async (blocked) => {
    const { code, gates, rooms } = await share(4, 1, { exitGraceMs: 60_000 })
    const begun = rooms[2]!.call('lastWord', 'here')
    await gates.reached('here')
    gates.open('here')
    const limits = { blocked, suspendTimeoutMs: 3_600_000, rehearse: false }
    const upgrade = code.upgrade(files.v2, limits)
    await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 3 })
    await rooms[2]!.stop({ timeoutMs: 0 })
    expect(await begun).toBe(1002)
    expect((await upgrade).processes).toHaveLength(3)
    expect(code.version.version).toBe('2.0.0')
  },
)

test.each(['stop', 'close'] as const)(
  'the caller of a handler that outlasts %s() is told that the process was stopped',
  async (end) => {
    const { runtime, gates, rooms } = await share(1, 'per-process')
    const [room] = rooms
    const running = rejection(room!.call('wait', 'for ever'))
    await gates.reached('for ever')
    const behind = rejection(room!.call('get'))
    await (end === 'stop' ? room!.stop({ timeoutMs: 0 }) : runtime.close({ timeoutMs: 0 }))
    const message = "room 0 was stopped while it handled the call 'wait'"
    expect(await running).toMatchObject({ code: 'PROCESS_STOPPED', process: 'room 0', message })
    expect(await behind).toMatchObject({ code: 'PROCESS_STOPPED', message: 'room 0 has stopped' })
  },
)

test('a handler that ends the thread while its process is stopped has hit its own caller', async () => {
  const { gates, rooms } = await share(1, 'per-process')
  const [room] = rooms
  const waiting = room!.call('wait', 'here')
  const dying = rejection(room!.call('die'))
  await gates.reached('here')
  const stopped = room!.stop({ timeoutMs: 3_600_000 })
  gates.open('here')
  expect(await waiting).toBe(1001)
  expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED' })
  await stopped
})

test('of processes that stand still together for one whose handler goes on, that one is stopped', async () => {
  const { code, gates, rooms } = await share(3, 'per-process')
  const running = rooms[1]!.call('wait', 'here')
  await gates.reached('here')
  const upgrade = code.upgrade(files.v2, { suspendTimeoutMs: 3_600_000, rehearse: false })
  await expect.poll(async () => (await rooms[1]!.inspect()).lifecycle).toBe('suspended')
  const behind = rooms[1]!.call('get')
  const stopped = rooms[1]!.stop()
  await expect.poll(() => rooms[1]!.inspect()).toMatchObject({ lifecycle: 'stopping' })
  gates.open('here')
  // What it had accepted is handled where it was.
  expect(await Promise.all([running, behind])).toEqual([1002, 1002])
  await stopped
  expect((await upgrade).processes.map(({ name }) => name)).toEqual(['room 0', 'room 2'])
})

test('close() does not wait for what an upgrade waits for', async () => {
  const { runtime, code, gates, rooms } = await share(3, 1)
  const running = rejection(rooms[1]!.call('wait', 'for ever'))
  await gates.reached('for ever')
  const upgrade = rejection(code.upgrade(files.v2, { blocked: 'wait', suspendTimeoutMs: 100 }))
  await expect.poll(() => versionsOf(rooms)).toEqual({ '1.0.0': 1, '2.0.0': 2 })
  await runtime.close({ timeoutMs: 0 })
  expect(await upgrade).toMatchObject({ code: 'RUNTIME_CLOSED' })
  expect(await running).toMatchObject({ code: 'PROCESS_STOPPED', process: 'room 1' })
})

test('close twice is one close; await using closes', async () => {
  let kept: Runtime
  {
    await using runtime = await createRuntime({ logger: silentLogger })
    kept = runtime
    await (await runtime.load<typeof witness>(v1)).spawn()
    expect(runtime.isolates).toBeGreaterThan(0)
  }
  expect(kept.isolates).toBe(0)
  expect(kept.close()).toBe(kept.close())
  await kept.close()
})

test('every operation on a closed runtime is refused, and none hangs', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof witness>(v1)
  const ref = await code.spawn({ name: 'w' })
  await runtime.close()
  const closed = { name: 'MoultError', code: 'RUNTIME_CLOSED' }
  const stopped = { name: 'MoultError', code: 'PROCESS_STOPPED' }
  await expect(runtime.load(v1)).rejects.toMatchObject(closed)
  await expect(code.spawn({ name: 'w' })).rejects.toMatchObject(closed)
  await expect(code.upgrade(v2)).rejects.toMatchObject(closed)
  await expect(code.downgrade(v2)).rejects.toMatchObject(closed)
  await expect(ref.upgrade(v2)).rejects.toMatchObject(closed)
  await expect(ref.state()).rejects.toMatchObject(stopped)
  await expect(ref.proxy().note('x')).rejects.toMatchObject(stopped)
  expect(() => ref.cast('put', 'x')).toThrow(expect.objectContaining(stopped) as Error)
  await ref.stop()
  expect(await ref.inspect()).toMatchObject({ lifecycle: 'stopped', threadId: -1, queueLength: 0 })
  expect(runtime.whereis('w')).toBeUndefined()
  expect(runtime.processes()).toEqual([])
})

test('a stopped process: its name is free, its references are refused, its runtime goes on', async () => {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof witness>(v1)
  const ref = await code.spawn({ name: 'w' })
  const last = ref.call('note', 'last')
  await Promise.all([ref.stop(), ref.stop()])
  expect(await last).toBe('1:last')
  await expect(ref.call('note', 'x')).rejects.toMatchObject({
    code: 'PROCESS_STOPPED',
    process: 'w',
  })
  await expect(ref.upgrade(v2)).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
  expect(code.processes).toEqual([])
  const next = await code.spawn({ name: 'w' })
  expect((await next.state()).log).toEqual([])
})
