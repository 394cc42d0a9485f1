import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { describe, expect, test } from 'vitest'
import type program from '../fixtures/checkpoints/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { told } from '../support/told-event.ts'
import { rejection } from './contract-programs.ts'

type Program = typeof program
type Ref = ProcessRef<Program>

const file = fixture('checkpoints/v1.ts')

async function load(
  isolates: 'per-process' | number = 'per-process',
  options: RuntimeOptions = {},
): Promise<{ readonly runtime: Runtime; readonly code: Code<Program> }> {
  const runtime = await testRuntime({ exitGraceMs: 200, ...options })
  return { runtime, code: await runtime.load<Program>(file, { isolates }) }
}

/** Waits for a checkpoint in which a message is. */
async function kept(ref: Ref, sequence: number): Promise<void> {
  for (;;) {
    const { checkpoint } = await ref.inspect()
    if ((checkpoint?.sequence ?? -1) >= sequence) return
  }
}

async function die(ref: Ref): Promise<void> {
  expect(await rejection(ref.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('after a crash a process goes on with its last checkpoint, and what was lost is told', async () => {
    const { runtime, code } = await load(isolates)
    const ref = await code.spawn({ name: 'kept', args: { start: 0 } })
    const crashed = told(runtime, 'crashed')
    const restarted = told(runtime, 'restarted')
    const before = [1, 2, 4, 8, 16].map((by) => ref.call('add', by))
    const hit = ref.call('die')
    const behind = [ref.call('get'), ref.call('add', 100)]
    expect(await Promise.all(before)).toEqual([1, 3, 7, 15, 31])
    expect(await rejection(hit)).toMatchObject({ code: 'ISOLATE_EXITED' })
    // The fifth message came behind the checkpoint of the fourth.
    expect(await Promise.all(behind)).toEqual([15, 115])
    const lost = { count: 1, from: 4, to: 4 }
    expect(await crashed).toMatchObject({ process: 'kept', from: 'checkpoint', lost })
    expect(await restarted).toMatchObject({
      process: 'kept',
      version: '1.0.0',
      from: 'checkpoint',
      lost,
    })
    expect((await ref.inspect()).totals).toMatchObject({ restarts: 1 })
  })

  test('with a checkpoint behind each message nothing is lost that was answered', async () => {
    const { runtime, code } = await load(isolates)
    const ref = await code.spawn({ args: { start: 0 }, checkpoint: { everyMessages: 1 } })
    for (let round = 1; round <= 3; round++) {
      const crashed = told(runtime, 'crashed')
      expect(await ref.call(round % 2 ? 'add' : 'addLater', 1)).toBe(round)
      await die(ref)
      expect(await crashed).toMatchObject({ from: 'checkpoint', lost: undefined })
    }
    expect(await ref.call('get')).toBe(3)
  })

  test('a checkpoint comes after a time, too', async () => {
    const { code } = await load(isolates)
    const ref = await code.spawn({ args: { start: 0 }, checkpoint: { everyMs: 1 } })
    await ref.call('add', 5)
    await kept(ref, 1)
    await die(ref)
    expect(await ref.call('get')).toBe(5)
  })

  test('the state comes back as what it was: classes, tables, buffers, shared memory, what it opens', async () => {
    const { code } = await load(isolates)
    const block = new SharedArrayBuffer(4)
    const ref = await code.spawn({ args: { start: 0, block } })
    await ref.call('change')
    await ref.call('add', 1)
    await ref.call('write', 5)
    await die(ref)
    const tags = new Map([['a', new Set([1, 2])]])
    const stock = [['tea', 3]]
    // Shared memory is not copied: it is as it was when the thread died.
    expect(await ref.call('look')).toEqual({
      ...{ isMoney: true, price: 7, tags, stock, large: 9, block: 5 },
      ...{ opened: 2, saved: 2, inits: 1 },
    })
  })

  test('timers, monitors, links, the name and listeners stay', async () => {
    const { runtime, code } = await load(isolates)
    const other = await code.spawn({ name: 'other', args: { start: 0 } })
    const ref = await code.spawn({ name: 'own', args: { start: 0 } })
    await ref.call('watch', 'other')
    await ref.call('link', 'other')
    await ref.call('beat', 1)
    await ref.call('get')
    await die(ref)
    const beats = await ref.call('beats')
    while ((await ref.call('beats')) === beats);
    expect((await other.inspect()).totals.restarts).toBe(isolates === 1 ? 1 : 0)
    await other.stop()
    await expect.poll(() => ref.call('seen')).toEqual(['normal'])
    expect(runtime.processes().map(({ name }) => name)).toEqual(['own'])
  })
})
