import { describe, expect, test } from 'vitest'
import type { Fault } from '../fixtures/moved/held.ts'
import { MOVED_BYTES, expectValues, heldFiles, start, startWithFaultPoint } from './held.ts'
import type { Started } from './held.ts'

const [, v2] = heldFiles
const MB = 1024 * 1024

describe.each(['move', 'copy'] as const)('buffers: %s', (buffers) => {
  const left = buffers === 'move' ? 0 : MB

  test('the old version has lost them, or kept them, while the new one has them', async () => {
    const { code, held, at } = await startWithFaultPoint()
    const seen = new SharedArrayBuffer(4)
    await held.call('watch', seen)
    const [word] = [new Int32Array(seen)]
    await expect.poll(() => word[0]).toBe(MB)
    at(async (phase) => {
      if (phase !== 'resume') return
      Atomics.store(word, 0, -1)
      await expect.poll(() => word[0]).toBe(left)
    })
    const { processes } = await code.upgrade(v2, { buffers })
    expect(processes[0]?.movedBytes).toBe(buffers === 'move' ? MOVED_BYTES : undefined)
    expect(processes[0]?.stateBytes).toBeGreaterThan(MOVED_BYTES)
    await expectValues(held)
    expect(await held.call('note', 'b')).toBe(2)
  })
})

const mild: readonly [Fault['kind'], string][] = [
  ['throw', 'CODE_CHANGE_FAILED'],
  ['function', 'UNCLONEABLE_STATE'],
  ['hang', 'CODE_CHANGE_TIMEOUT'],
]

/** An upgrade that goes wrong in the pause, with messages all around it. */
async function fail(
  { code, held }: Started,
  kind: Fault['kind'],
  rehearse = true,
): Promise<unknown> {
  const extra: Fault = { kind, run: rehearse ? 2 : 1 }
  const options = { buffers: 'move', extra, rehearse, codeChangeTimeoutMs: 1000 } as const
  await held.call('note', 'before')
  const failing = code.upgrade(v2, options).catch((error: unknown) => error)
  const notes = ['a', 'b', 'c'].map((text) => held.call('note', text))
  const error = await failing
  notes.push(held.call('note', 'after'))
  await Promise.all(notes)
  return error
}

const noted = ['made', 'before', 'a', 'b', 'c', 'after']

describe('a failure in the pause moves them back', () => {
  test.each(mild)('%s', async (kind, expected) => {
    const started = await start()
    const { code, held } = started
    const error = await fail(started, kind, kind !== 'function')
    expect(error).toMatchObject({ code: expected, phase: 'transfer' })
    expect(held.version).toBe('1.0.0')
    await expectValues(held)
    expect((await held.state()).log).toEqual(noted)
    const { processes } = await code.upgrade(v2, { buffers: 'move' })
    expect(processes[0]?.movedBytes).toBe(MOVED_BYTES)
    await expectValues(held)
    expect((await held.state()).log).toEqual(noted)
  })

  test('with what codeChange has written into them', async () => {
    const started = await start()
    expect(await fail(started, 'scribble')).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    const { values } = await started.held.state()
    const [cells, row, , , bytes] = values as [Float64Array, Float64Array, 0, 0, Uint8Array]
    expect(
      [cells, bytes].every(({ buffer }) => new Uint8Array(buffer).every((byte) => byte === 99)),
    ).toBe(true)
    expect(row.buffer).toBe(cells.buffer)
    expect((await started.held.state()).log).toEqual(noted)
  })
})

const grave: readonly [Fault['kind'], string][] = [
  ['exit', 'ISOLATE_EXITED'],
  ['loop', 'CODE_CHANGE_TIMEOUT'],
  ['steal', 'CODE_CHANGE_FAILED'],
]

describe('what cannot be moved back is lost, and the process is made anew', () => {
  test.each(grave)('%s', async (kind, because) => {
    const started = await start({ exitGraceMs: 300 })
    const { runtime, code, held } = started
    const crashes: unknown[] = []
    runtime.on('crashed', (crash) => crashes.push(crash))
    const error = await fail(started, kind)
    expect(error).toMatchObject({
      code: 'STATE_LOST',
      phase: 'transfer',
      process: 'held',
      cause: { code: because },
    })
    expect(crashes).toMatchObject([{ process: 'held', error: { code: 'STATE_LOST' } }])
    expect(held.version).toBe('1.0.0')
    await expectValues(held)
    const { log } = await held.state()
    // What was handled before is lost with the state; what waited is not.
    expect(log).toEqual(['made', ...noted.slice(-(log.length - 1))])
    expect(log.at(-1)).toBe('after')
    expect((await held.inspect()).totals.restarts).toBe(1)
    await code.upgrade(v2, { buffers: 'move' })
    await expectValues(held)
  })

  test('or stopped, where its policy says so', async () => {
    const started = await start({}, { policy: 'temporary' })
    const { code, held } = started
    const extra: Fault = { kind: 'exit', run: 2 }
    await expect(code.upgrade(v2, { buffers: 'move', extra })).rejects.toMatchObject({
      code: 'STATE_LOST',
    })
    await expect(held.call('note', 'late')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
  })
})
