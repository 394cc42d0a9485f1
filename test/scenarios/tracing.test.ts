import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, Messenger, ProcessRef, Runtime, TraceContext } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

type Seen = readonly [version: string, trace: TraceContext | undefined]

interface Program {
  readonly version: string
  readonly init: () => { seen: Seen[] }
  readonly calls: {
    readonly trace: (state: never) => Promise<Seen>
    readonly seen: (state: never) => Seen[]
    /** Each process on the way sends to the next. The last is asked for its trace, notes it, or has a timer that does. */
    readonly pass: (state: never, way: readonly string[]) => Promise<unknown>
    /** Ends when an upgrade waits for it. */
    readonly hold: (state: never) => Promise<Seen>
    readonly own: (state: never, trace: unknown) => Promise<unknown>
    readonly moved: (state: never, bytes: ArrayBuffer) => Seen
    /** Yields its trace, and stays at a `yield`. */
    readonly traces: (state: never) => AsyncGenerator<Seen, void>
  }
  readonly casts: { readonly note: (state: never) => void; readonly die: (state: never) => void }
}

function program(version: string, codeChange = ''): string {
  return `export default {
    version: '${version}',
    ${codeChange}
    resumable: ['traces'],
    init: () => ({ seen: [] }),
    calls: {
      async *traces(_state, _payload, context) {
        for (;;) yield ['${version}', context.trace]
      },
      trace: async (_state, _payload, context) => {
        await null
        return ['${version}', context.trace]
      },
      seen: ({ seen }) => seen,
      pass: async (_state, [how, next, ...rest], context) => {
        if (how === 'call' && rest.length > 0) return context.call(next, 'pass', rest)
        if (how === 'call') return context.call(next, 'trace')
        if (how === 'cast') return context.cast(next, 'note')
        await null
        return how === 'cron'
          ? context.cron('* * * * * *', 'note', undefined, { name: 'timer' })
          : context[how](1, 'note', undefined, { name: 'timer' })
      },
      hold: async (_state, _payload, context) => {
        await new Promise((resolve) => context.leaving.addEventListener('abort', resolve))
        return ['${version}', context.trace]
      },
      own: async (_state, trace, context) => {
        context.trace = trace
        return context.call('b', 'trace')
      },
      moved: (_state, bytes, context) => [\`${version}: \${bytes.byteLength}\`, context.trace],
    },
    casts: {
      note: ({ seen }, _payload, context) => {
        seen.push(['${version}', context.trace])
        context.cancel('timer')
      },
      die: () => process.exit(3),
    },
  }`
}

const files = {
  'v1.js': program('1'),
  'v2.js': program('2', `codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' },`),
  'broken.js': program('3', `codeChange: { '1': () => { throw new Error('no') } },`),
}

/** A trace of its own for each number. */
function trace(number: number): TraceContext {
  const id = number.toString(16).padStart(32, '0')
  return { traceparent: `00-${id}-00f067aa0ba902b7-01`, tracestate: `vendor=${number}` }
}

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly root: string
  readonly a: ProcessRef<Program>
  readonly b: ProcessRef<Program>
  readonly c: ProcessRef<Program>
}

async function start(isolates: 'per-process' | number): Promise<World> {
  const root = await newProject(files)
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => code.spawn({ name })))
  return { runtime, code, root, a: a!, b: b!, c: c! }
}

/** Messages that wait behind a handler, some in a trace. Resolves to what they were answered, when it has ended. */
function waiting(ref: ProcessRef<Program>): Promise<Seen[]> {
  const traced = (number: number): Messenger<Program> => ref.with({ trace: trace(number) })
  const held = traced(1).call('hold')
  const calls = [traced(2).call('trace'), ref.call('trace'), traced(3).call('trace')]
  traced(4).cast('note')
  return Promise.all([held, ...calls, ref.call('seen').then(([seen]) => seen!)])
}

const answers = (held: string, others: string): Seen[] => [
  [held, trace(1)],
  [others, trace(2)],
  [others, undefined],
  [others, trace(3)],
  [others, trace(4)],
]

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('a trace goes with a message, through the processes that its handlers send to, and no further', async () => {
    const { a, b, c } = await start(isolates)
    const traced = (number: number): Messenger<Program> => a.with({ trace: trace(number) })
    expect(await a.call('trace')).toEqual(['1', undefined])
    expect(await traced(1).call('trace')).toEqual(['1', trace(1)])
    expect(await a.call('trace')).toEqual(['1', undefined])
    expect(await traced(2).call('pass', ['call', 'b', 'call', 'c'])).toEqual(['1', trace(2)])
    expect(await a.call('pass', ['call', 'b', 'call', 'c'])).toEqual(['1', undefined])

    traced(3).cast('note')
    expect(await a.call('seen')).toEqual([['1', trace(3)]])
    await traced(4).call('pass', ['call', 'b', 'cast', 'c'])
    await expect.poll(() => c.call('seen')).toEqual([['1', trace(4)]])
    expect(await b.call('seen')).toEqual([])
  })

  test.each(['after', 'every', 'cron'])('a timer has the trace in which %s set it', async (how) => {
    const { a, b } = await start(isolates)
    await a.with({ trace: trace(1) }).call('pass', ['call', 'b', how])
    await expect.poll(async () => (await b.call('seen')).at(0)).toEqual(['1', trace(1)])
    const before = (await b.call('seen')).length
    await a.call('pass', ['call', 'b', 'after'])
    await expect.poll(async () => (await b.call('seen')).length).toBeGreaterThan(before)
    expect((await b.call('seen')).at(-1)).toEqual(['1', undefined])
  })

  test('messages that wait keep their traces over an upgrade and a downgrade', async () => {
    const { code, root, a } = await start(isolates)
    const up = waiting(a)
    await code.upgrade<Program>(`${root}/v2.js`)
    expect(await up).toEqual(answers('1', '2'))
    const down = waiting(a).then((seen) => seen.slice(0, 4))
    await code.downgrade('1')
    expect(await down).toEqual(answers('2', '1').slice(0, 4))
  })

  test('a timer keeps its trace over an upgrade', async () => {
    const { code, root, a, b } = await start(isolates)
    await a.with({ trace: trace(1) }).call('pass', ['call', 'b', 'cron'])
    await code.upgrade<Program>(`${root}/v2.js`)
    await expect.poll(async () => (await b.call('seen')).at(-1)?.[1]).toEqual(trace(1))
  })

  test('a stream has its trace to its end, over an upgrade', async () => {
    const { code, root, a } = await start(isolates)
    const stream = a.with({ trace: trace(1) }).stream('traces')
    expect(await stream.next()).toEqual({ done: false, value: ['1', trace(1)] })
    const upgraded = code.upgrade<Program>(`${root}/v2.js`).then(() => true)
    let last: Seen = ['1', undefined]
    for await (const seen of stream) {
      expect(seen[1]).toEqual(trace(1))
      last = seen
      if (seen[0] === '2') break
    }
    expect(last).toEqual(['2', trace(1)])
    await upgraded
    for await (const seen of a.stream('traces')) {
      expect(seen).toEqual(['2', undefined])
      break
    }
  })

  test('messages that wait keep their traces where an upgrade fails', async () => {
    const { code, root, a } = await start(isolates)
    const stayed = waiting(a)
    const failed = await rejection(code.upgrade(`${root}/broken.js`, { rehearse: false }))
    expect(failed).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    expect(await stayed).toEqual(answers('1', '1'))
    expect(await a.call('trace')).toEqual(['1', undefined])
  })

  test('a message that waits at a crash keeps its trace', async () => {
    const { runtime, a } = await start(isolates)
    const restarted = once(runtime, 'restarted')
    a.with({ trace: trace(1) }).cast('die')
    const waits = [a.with({ trace: trace(2) }).call('trace'), a.call('trace')]
    await restarted
    expect(await Promise.all(waits)).toEqual([
      ['1', trace(2)],
      ['1', undefined],
    ])
  })

  test('a trace goes with buffers that move', async () => {
    const { a } = await start(isolates)
    const bytes = new ArrayBuffer(8)
    const sender = a.with({ trace: trace(1), transfer: [bytes] })
    expect(await sender.call('moved', bytes)).toEqual(['1: 8', trace(1)])
    expect(await a.call('moved', new ArrayBuffer(4))).toEqual(['1: 4', undefined])
  })

  test('a handler may set another, while it runs', async () => {
    const { a } = await start(isolates)
    const traced = a.with({ trace: trace(1) })
    expect(await traced.call('own', trace(2))).toEqual(['1', trace(2)])
    expect(await a.call('own', trace(3))).toEqual(['1', trace(3)])
    expect(await traced.call('own', undefined)).toEqual(['1', undefined])
    expect(await a.call('trace')).toEqual(['1', undefined])
    expect(await traced.call('own', { ...trace(4), baggage: 'x=1' })).toEqual(['1', trace(4)])
    for (const [wrong, path] of [
      ['00-1-2-3', 'trace'],
      [{}, 'trace.traceparent'],
      [{ traceparent: '00-1-2-3' }, 'trace.traceparent'],
      [{ ...trace(1), tracestate: 7 }, 'trace.tracestate'],
    ] as const) {
      const error = await rejection(traced.call('own', wrong))
      expect(error).toMatchObject({ code: 'INVALID_OPTION', path })
    }
  })
})

test('a message with a trace that is none is refused, with the path', async () => {
  const { a } = await start('per-process')
  for (const [wrong, path] of [
    ['00-1-2-3', 'trace'],
    [{}, 'trace.traceparent'],
    [{ traceparent: '00-1-2-3' }, 'trace.traceparent'],
    [{ ...trace(1), tracestate: 7 }, 'trace.tracestate'],
    [{ ...trace(1), baggage: 'x=1' }, 'trace.baggage'],
  ] as const) {
    const refused = (): unknown => a.with({ trace: wrong as unknown as TraceContext })
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', path }))
  }
  expect(await a.call('trace')).toEqual(['1', undefined])
})
