import { describe, expect, test } from 'vitest'
import type { AnyDefinition } from 'moult'
import { gate } from '../support/gate.ts'
import { newProject } from '../support/project.ts'
import { silentLogger, testRuntime } from '../support/runtime.ts'
import { rejection, world } from './contract-programs.ts'
import { TestGates } from './gates.ts'
import type { Parts, Program } from './contract-programs.ts'

interface Streaming extends Omit<Program, 'calls'> {
  readonly calls: Program['calls'] & {
    readonly stream: (state: unknown, gate: string) => Promise<string>
  }
}

const calls = `
  stream: async (state, gate, context) => {
    note(state, gate)
    context.letGo()
    await context.services.gates.pass(gate)
    return 'streamed by ' + context.self.version
  },
`
const versions = (concurrency: number): Parts[] => {
  const fields = `concurrency: ${concurrency},`
  const steps = "codeChange: { '1': 'unchanged' }, downgrade: { '1': (state) => state },"
  return [
    { calls, fields },
    { calls, fields: fields + steps },
  ]
}

interface Row {
  readonly isolates: 'per-process' | number
  readonly mode: 'atomic' | 'rolling'
  readonly concurrency: number
}

const rows: Row[] = [
  { isolates: 'per-process', mode: 'atomic', concurrency: 1 },
  { isolates: 'per-process', mode: 'rolling', concurrency: 8 },
  { isolates: 1, mode: 'atomic', concurrency: 8 },
  { isolates: 1, mode: 'rolling', concurrency: 1 },
]

async function begin({ isolates, concurrency }: Omit<Row, 'mode'>) {
  const made = await world(versions(concurrency))
  const { runtime, file, gates } = made
  const code = await runtime.load<Streaming>(file(1), { name: 'streams', isolates })
  const [ref, other] = [await code.spawn(), await code.spawn()]
  const streamed = ref.call('stream', 'long')
  await gates.reached('long')
  return { ...made, code, ref, other, streamed }
}

/** Resolves when the process serves in another version. */
async function moved(ref: { readonly version: string }, version: string): Promise<void> {
  await expect.poll(() => ref.version).toBe(version)
}

describe.each(rows)('$mode, isolates: $isolates, concurrency $concurrency', ({ mode, ...row }) => {
  test('a stream ends in the old isolate, which leaves behind it, there and back', async () => {
    const { code, ref, other, file, gates, streamed } = await begin(row)
    const upgrade = code.upgrade(file(2), { mode, drainTimeoutMs: 60_000 })
    await moved(ref, '2')
    // The stream goes on, and the new version serves.
    expect(await Promise.all([ref.call('number', 7), other.call('number', 8)])).toEqual([7, 8])
    gates.open('long')
    expect(await streamed).toBe('streamed by 1')
    const { processes } = await upgrade
    expect(processes.map(({ oldThread }) => oldThread?.exitCode)).toEqual([0, 0])
    const back = ref.call('stream', 'back')
    await gates.reached('back')
    const downgrade = code.downgrade('1', { mode, drainTimeoutMs: 60_000 })
    await moved(ref, '1')
    expect(await ref.call('log')).toEqual(['1:long', '2:7', '2:back'])
    gates.open('back')
    expect(await back).toBe('streamed by 2')
    await downgrade
  })

  test('one that does not end in time is given up, and its caller is told', async () => {
    const { code, ref, file, streamed } = await begin(row)
    const lost = rejection(streamed)
    const report = await code.upgrade(file(2), { mode, drainTimeoutMs: 50 })
    expect(report.processes).toHaveLength(2)
    expect(await lost).toMatchObject({ code: 'ISOLATE_EXITED', expected: 'at most 50 ms' })
    expect(await ref.call('number', 7)).toBe(7)
  })
})

describe('while a stream goes on behind an upgrade', () => {
  async function upgraded() {
    const begun = await begin({ isolates: 1, concurrency: 1 })
    const { code, ref, other, file } = begun
    const upgrade = code.upgrade(file(2), { drainTimeoutMs: 3_600_000 })
    await Promise.all([moved(ref, '2'), moved(other, '2')])
    // Each serves there.
    await Promise.all([ref.call('log'), other.call('log')])
    return { ...begun, upgrade }
  }

  test.each([
    ['close() waits for it', 'close', {}],
    ['so does one that does not drain', 'close', { drain: false }],
    ['so does a stop', 'stop', {}],
    ['so does a stop that does not drain', 'stop', { drain: false }],
  ] as const)('%s', async (_what, way, options) => {
    const { runtime, ref, gates, streamed, upgrade } = await upgraded()
    const ended = way === 'close' ? runtime.close(options) : ref.stop(options)
    gates.open('long')
    expect(await streamed).toBe('streamed by 1')
    await ended
    expect((await upgrade).processes).toHaveLength(2)
  })

  test.each(['close', 'stop'] as const)('%s() waits no longer than it may', async (way) => {
    const { runtime, ref, streamed, upgrade } = await upgraded()
    const lost = rejection(streamed)
    const options = { timeoutMs: 50 }
    await (way === 'close' ? runtime.close(options) : ref.stop(options))
    expect(await lost).toMatchObject({
      code: 'PROCESS_STOPPED',
      message: expect.stringContaining("while it handled the call 'stream'") as string,
    })
    expect((await upgrade).processes).toHaveLength(2)
  })
})

/** Calls its own process once it has let go, and says what it was told. */
const calling = (version: string, codeChange = ''): string => `export default {
  version: '${version}',
  init: () => ({}),
  ${codeChange}
  calls: {
    get: () => 'by ${version}',
    stream: async (_state, _payload, context) => {
      context.letGo()
      await context.services.gates.pass('call')
      const answer = context.call(context.self.id, 'get')
      context.log.info('called')
      return answer.catch(({ code }) => code)
    },
  },
}`

interface Calling extends AnyDefinition {
  readonly init: () => object
  readonly calls: { readonly stream: (state: object) => Promise<string> }
}

describe.each(['per-process', 1] as const)(
  'a call to its own process amid a swap, isolates: %s',
  (isolates) => {
    test.each([
      ['is answered by the new version', 'old', 'by 2'],
      ['is refused where the swap is undone: it would wait for itself', 'undefined', 'SELF_CALL'],
    ])('%s', async (_what, returned, told) => {
      const change = `codeChange: { '1': (old) => globalThis.changing.then(() => ${returned}) },`
      const wait = `onLoad: ({ services }) => { globalThis.changing = services.gates.pass('change') },`
      const root = await newProject({ 'v1.js': calling('1'), 'v2.js': calling('2', change + wait) })
      const gates = new TestGates()
      const called = gate()
      const logger = { ...silentLogger, info: () => called.open() }
      const runtime = await testRuntime({ services: gates.services, logger })
      const code = await runtime.load<Calling>(`${root}/v1.js`, { isolates })
      const ref = await code.spawn()
      const streamed = ref.call('stream')
      await gates.reached('call')
      const upgraded = rejection(code.upgrade(`${root}/v2.js`, { rehearse: false }))
      await expect.poll(async () => (await ref.inspect()).lifecycle).not.toBe('running')
      gates.open('call')
      await called.opened
      gates.open('change')
      expect(await streamed).toBe(told)
      await upgraded
    })
  },
)
