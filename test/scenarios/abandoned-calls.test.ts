import { describe, expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program } from './contract-programs.ts'

interface Watching extends Omit<Program, 'calls'> {
  readonly calls: Program['calls'] & {
    /** Ends when its signal is aborted. */
    readonly watch: (state: unknown, gate: string) => Promise<string>
    readonly moved: (state: unknown, bytes: Uint8Array) => Promise<string>
    /** The same, and it needs the state no more. */
    readonly stream: (state: unknown, gate: string) => Promise<string>
    /** Lets another process watch. */
    readonly ask: (state: unknown, way: { to: string; gate: string }) => Promise<string>
    /** Ends the thread while it asks. */
    readonly askAndDie: (state: unknown, way: { to: string; gate: string }) => Promise<string>
  }
}

const calls = `
  watch: async (state, gate, context) => note(state, await abortOf(context, gate)),
  moved: async (state, bytes, context) => note(state, await abortOf(context, 'moved') + bytes.length),
  stream: async (state, gate, context) => {
    context.letGo()
    return abortOf(context, gate)
  },
  ask: async (state, { to, gate }, { call }) => note(state, await call(to, 'watch', gate)),
  askAndDie: async (state, { to, gate }, { call, services }) => {
    const answer = call(to, 'watch', gate)
    await services.gates.pass('die')
    process.exit(3)
    return answer
  },
`
const top = `
const abortOf = ({ signal, services }, gate) => new Promise((resolve) => {
  signal.addEventListener('abort', () => resolve([signal.reason.code, signal.reason.cause].join(' ')))
  void services.gates.pass(gate)
})`

const parts = (concurrency: number, fields = ''): Parts => {
  return { top, calls, fields: `concurrency: ${concurrency}, ${fields}` }
}

interface Row {
  readonly isolates: 'per-process' | number
  readonly concurrency: number
}

const rows: Row[] = [
  { isolates: 'per-process', concurrency: 1 },
  { isolates: 1, concurrency: 8 },
]

async function begin({ isolates, concurrency }: Row) {
  const made = await world([
    parts(concurrency),
    parts(concurrency, "codeChange: { '1': 'unchanged' },"),
  ])
  const code = await made.runtime.load<Watching>(made.file(1), { name: 'watching', isolates })
  const [ref, other] = [await code.spawn({ name: 'one' }), await code.spawn({ name: 'other' })]
  const abort = new AbortController()
  return { ...made, code, ref, other, abort, impatient: ref.with({ signal: abort.signal }) }
}

describe.each(rows)('isolates: $isolates, concurrency $concurrency', (row) => {
  test('a handler is told why its caller waits no more, and others are not', async () => {
    const { ref, other, gates, abort, impatient } = await begin(row)
    const untouched = other.call('watch', 'untouched')
    const aborted = rejection(impatient.call('watch', 'aborted'))
    await gates.reached('aborted')
    abort.abort('enough')
    expect(await aborted).toMatchObject({ code: 'CALL_ABORTED' })
    await expect.poll(() => ref.call('log')).toEqual(['1:CALL_ABORTED enough'])
    const late = rejection(ref.with({ timeoutMs: 1 }).call('watch', 'late'))
    expect(await late).toMatchObject({ code: 'CALL_TIMEOUT' })
    await expect.poll(() => ref.call('number', 'served')).toBe('served')
    expect(await Promise.race([untouched, ref.call('number', 'first')])).toBe('first')
  })

  test('one that a handler has called is told, and answers it all the same', async () => {
    const { ref, other, gates, abort, impatient } = await begin(row)
    const asked = rejection(impatient.call('ask', { to: 'other', gate: 'far' }))
    await gates.reached('far')
    abort.abort('enough')
    expect(await asked).toMatchObject({ code: 'CALL_ABORTED' })
    await expect.poll(() => other.call('log')).toEqual(['1:CALL_ABORTED enough'])
    await expect.poll(() => ref.call('log')).toEqual(['1:CALL_ABORTED enough'])
  })

  test('one whose state an upgrade has taken over is told, which the upgrade waits for', async () => {
    const { code, ref, file, gates, abort, impatient } = await begin(row)
    const streamed = rejection(impatient.call('stream', 'long'))
    await gates.reached('long')
    const upgrade = code.upgrade(file(2), { drainTimeoutMs: 60_000 })
    await expect.poll(() => ref.version).toBe('2')
    abort.abort('enough')
    expect(await streamed).toMatchObject({ code: 'CALL_ABORTED' })
    expect(await upgrade).toMatchObject({ to: { version: '2' } })
  })

  test('one that was given its buffers is told', async () => {
    const { ref, gates, abort } = await begin(row)
    const bytes = new Uint8Array(8)
    const moving = ref.with({ signal: abort.signal, transfer: [bytes.buffer] })
    const moved = rejection(moving.call('moved', bytes))
    await gates.reached('moved')
    abort.abort('enough')
    expect(await moved).toMatchObject({ code: 'CALL_ABORTED' })
    await expect.poll(() => ref.call('log')).toEqual(['1:CALL_ABORTED enough8'])
  })
})

test('one whose caller has died is told', async () => {
  const { ref, other, gates } = await begin({ isolates: 'per-process', concurrency: 1 })
  const asked = rejection(ref.call('askAndDie', { to: 'other', gate: 'far' }))
  await gates.reached('far')
  gates.open('die')
  expect(await asked).toMatchObject({ code: 'ISOLATE_EXITED' })
  await expect.poll(() => other.call('log')).toEqual(['1:ISOLATE_EXITED '])
})
