/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-explicit-any, @typescript-eslint/no-generated-empty-object-type --
   what a test must not accept has no type of its own, and definitions are named for their types */
import { MoultError, createRuntime, defineProcess, event } from 'moult'
import type {
  ArgsOf,
  Code,
  EventIterable,
  EventsOf,
  LentServices,
  ProcessContext,
  ProcessRef,
  Self,
  StateOf,
  UpgradeReport,
} from 'moult'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'

declare module 'moult' {
  interface Services {
    readonly clock: { now(zone: string): number }
    readonly store: Store
    later(ms: number): Promise<void>
    readonly untold: any
  }
}

/** What is lent may be an instance of a class. */
declare class Store {
  readonly limit: number
  count(): number
  query<Row>(sql: string): Promise<Row[]>
  close?(): void
}

const v1 = defineProcess({
  version: '1.0.0',
  init: (args: { start: number }, context) => {
    expectTypeOf(context).toEqualTypeOf<ProcessContext>()
    return { count: args.start, log: [] as string[] }
  },
  calls: {
    increment: (state, by: number) => (state.count += by),
    get: (state) => state.count,
    find: (state, text?: string) => state.log.find((line) => line === text),
    later: async (state, by: number, { self, signal, services }) => {
      expectTypeOf(self.version).toEqualTypeOf<string>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(services.clock.now('UTC')).toEqualTypeOf<Promise<number>>()
      return new Map([[self.id, state.count + by]])
    },
  },
  casts: {
    add: (state, by: number) => {
      expectTypeOf(state).toEqualTypeOf<{ count: number; log: string[] }>()
      state.count += by
    },
    reset: (state) => {
      state.count = 0
    },
  },
})

const v2 = defineProcess({
  version: '2.0.0',
  init: async () => Promise.resolve({ total: 0 }),
  codeChange: {
    '1.0.0': (old: { count: number }, change) => {
      expectTypeOf(change.extra).toEqualTypeOf<unknown>()
      return { total: old.count }
    },
    '1.1.0': 'unchanged',
    '1.2.0': async (old: { count: number }) => Promise.resolve({ total: old.count }),
  },
  downgrade: {
    '1.0.0': (state) => {
      expectTypeOf(state).toEqualTypeOf<{ total: number }>()
      return { count: state.total, log: [] }
    },
  },
  calls: { total: (state) => state.total },
})

const piece = defineProcess({
  version: '1.0.0',
  emits: {
    moved: event<{ x: number }>(),
    over: event(),
    named: event<string | undefined>(),
    scored: z.object({ points: z.string().transform(Number) }),
  },
  init: (args: { start: number }, context) => {
    context.emit('over')
    return { at: args.start }
  },
  calls: {
    move: (state, by: number, context) => {
      context.emit('moved', { x: (state.at += by) })
      context.emit('named')
      context.emit('named', 'it')
      context.emit('scored', { points: '3' })
      // @ts-expect-error a text is no number
      context.emit('moved', { x: 'far' })
      // @ts-expect-error the data is missing
      context.emit('moved')
      // @ts-expect-error there is no data
      context.emit('over', 1)
      // @ts-expect-error what is given is what the schema takes
      context.emit('scored', { points: 3 })
      // @ts-expect-error no such event
      context.emit('mvoed', { x: 1 })
      tell(context, state.at)
    },
  },
  casts: {
    stop: (_state, _none: undefined, context) => context.emit('over'),
    note: (_state, by: number, context: ProcessContext<undefined, { moved: { x: number } }>) =>
      context.emit('moved', { x: by }),
    plain: (_state, _none: undefined, context: ProcessContext) => context.log.info(''),
  },
})

/** Need not know all events. */
function tell(
  context: ProcessContext<undefined, { readonly moved: { x: number } }>,
  x: number,
): void {
  context.emit('moved', { x })
  // @ts-expect-error an event that it does not know
  context.emit('over')
}

declare const pieces: Code<typeof piece>
declare const pawn: ProcessRef<typeof piece>
declare const ref: ProcessRef<typeof v1>
declare const code: Code<typeof v1>
declare const code2: Code<typeof v2>

describe('a definition', () => {
  test('has the state and arguments of its init, awaited', () => {
    expectTypeOf<StateOf<typeof v1>>().toEqualTypeOf<{ count: number; log: string[] }>()
    expectTypeOf<StateOf<typeof v2>>().toEqualTypeOf<{ total: number }>()
    expectTypeOf<ArgsOf<typeof v1>>().toEqualTypeOf<{ start: number }>()
  })

  test('is refused where a handler or migration does not fit the state', () => {
    defineProcess({
      version: '1',
      init: () => ({ count: 0 }),
      // @ts-expect-error the state has no such field
      calls: { wrong: (state) => state.total },
    })
    defineProcess({
      version: '1',
      init: () => ({ count: 0 }),
      // @ts-expect-error the migration makes another state
      codeChange: { '0': () => ({ total: 0 }) },
    })
    // @ts-expect-error a definition has a version
    defineProcess({ init: () => ({}) })
    // @ts-expect-error a definition has an init
    defineProcess({ version: '1' })
    // @ts-expect-error a version is text
    defineProcess({ version: 1, init: () => ({}) })
  })
})

describe('a call', () => {
  test('has the reply of its handler, awaited', () => {
    expectTypeOf(ref.call('increment', 1)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(ref.call('get')).toEqualTypeOf<Promise<number>>()
    expectTypeOf(ref.call('later', 1)).toEqualTypeOf<Promise<Map<string, number>>>()
    expectTypeOf(ref.with({ timeoutMs: 5 }).call('get')).toEqualTypeOf<Promise<number>>()
  })

  test('may leave out a payload only where the handler may', () => {
    expectTypeOf(ref.call('find')).toEqualTypeOf<Promise<string | undefined>>()
    expectTypeOf(ref.call('find', 'x')).toEqualTypeOf<Promise<string | undefined>>()
    // @ts-expect-error the payload is missing
    void ref.call('increment')
  })

  test('is checked at the caller', () => {
    // @ts-expect-error a text is no number
    void ref.call('increment', 'x')
    // @ts-expect-error no such call
    void ref.call('incremnt', 1)
    // @ts-expect-error a cast is no call
    void ref.call('reset')
    // @ts-expect-error there is no payload
    void ref.call('get', 1)
    // @ts-expect-error there is one payload only
    void ref.call('increment', 1, 2)
    // @ts-expect-error no such option
    void ref.with({ timeout: 5 })
  })
})

describe('a cast', () => {
  test('returns nothing and is checked at the caller', () => {
    expectTypeOf<ReturnType<typeof ref.cast>>().toEqualTypeOf<void>()
    ref.cast('reset')
    // @ts-expect-error a call is no cast
    ref.cast('get')
    // @ts-expect-error a text is no number
    ref.cast('add', '1')
    // @ts-expect-error the payload is missing
    ref.cast('add')
  })
})

describe('an event', () => {
  test('has the data that its definition declares', () => {
    pawn.on('moved', (data, from) => {
      expectTypeOf(data).toEqualTypeOf<{ x: number }>()
      expectTypeOf(from).toEqualTypeOf<Self>()
    })
    pieces.once('scored', ({ points }) => expectTypeOf(points).toEqualTypeOf<number>())
    pawn.once('over', (data) => expectTypeOf(data).toEqualTypeOf<undefined>())
    const scored = pawn.events('scored', { capacity: 5, overflow: 'drop-oldest' })
    expectTypeOf(scored).toEqualTypeOf<EventIterable<{ points: number }>>()
    expectTypeOf(pawn.off('over', () => undefined)).toEqualTypeOf<ProcessRef<typeof piece>>()
    expectTypeOf<keyof EventsOf<typeof v1>>().toBeNever()
  })

  test('is checked at the listener', () => {
    // @ts-expect-error no such event
    pawn.on('mvoed', () => undefined)
    // @ts-expect-error no such event
    pieces.on('error', () => undefined)
    // @ts-expect-error other data
    pawn.on('moved', (data: string) => data)
    // @ts-expect-error no event at all
    ref.on('moved', () => undefined)
    // @ts-expect-error no such policy
    pawn.events('moved', { overflow: 'grow' })
    // @ts-expect-error an argument too many
    pawn.events('moved', {}, 1)
    // @ts-expect-error an event has a type
    defineProcess({ version: '1', emits: { moved: 5 }, init: () => ({}) })
    // @ts-expect-error of which no value is given
    event<number>(5)
  })
})

describe('a process', () => {
  test('is spawned with the arguments of init', () => {
    expectTypeOf(code.spawn({ args: { start: 1 } })).toEqualTypeOf<Promise<ProcessRef<typeof v1>>>()
    expectTypeOf(code2.spawn()).toEqualTypeOf<Promise<ProcessRef<typeof v2>>>()
    // @ts-expect-error args are missing
    void code.spawn()
    // @ts-expect-error args are missing
    void code.spawn({ name: 'counter' })
    // @ts-expect-error a text is no number
    void code.spawn({ args: { start: '1' } })
    // @ts-expect-error no such policy
    void code2.spawn({ mailbox: { overflow: 'drop' } })
  })

  test('has the state and proxy of its definition', async () => {
    expectTypeOf(ref.state()).toEqualTypeOf<Promise<{ count: number; log: string[] }>>()
    const proxy = ref.proxy()
    expectTypeOf(await proxy.increment(1)).toEqualTypeOf<number>()
    expectTypeOf(await proxy.later(1)).toEqualTypeOf<Map<string, number>>()
    // @ts-expect-error a text is no number
    await proxy.increment('1')
    // @ts-expect-error a call takes one payload
    await proxy.increment(1, 2)
    // @ts-expect-error nothing is set
    proxy.increment = async () => 1
    // @ts-expect-error casts are not calls
    await proxy.reset()
  })

  test('is typed anew by as() and found typed by whereis()', async () => {
    expectTypeOf(ref.as<typeof v2>().call('total')).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error the newer version does not have it
    void ref.as<typeof v2>().call('get')
    const runtime = await createRuntime()
    expectTypeOf(runtime.whereis<typeof v1>('a')).toEqualTypeOf<ProcessRef<typeof v1> | undefined>()
  })
})

test('load and upgrade give a code of the definition that was named', async () => {
  const runtime = await createRuntime()
  const loaded = await runtime.load<typeof v1>('v1.ts')
  expectTypeOf(loaded).toEqualTypeOf<Code<typeof v1>>()
  const report = await loaded.upgrade<typeof v2>('v2.ts')
  expectTypeOf(report).toExtend<UpgradeReport>()
  expectTypeOf(report.code).toEqualTypeOf<Code<typeof v2>>()
  expectTypeOf((await loaded.upgrade('same.ts')).code).toEqualTypeOf<Code<typeof v1>>()
  // @ts-expect-error a downgrade is not rehearsed
  await loaded.downgrade('v0.ts', { rehearse: true })
})

test('services are declared once and seen as promises', () => {
  expectTypeOf<LentServices['clock']['now']>().returns.toEqualTypeOf<Promise<number>>()
  expectTypeOf<LentServices['later']>().toEqualTypeOf<(ms: number) => Promise<void>>()
  expectTypeOf<LentServices['store']['count']>().toEqualTypeOf<() => Promise<number>>()
  expectTypeOf<LentServices['store']['close']>().toEqualTypeOf<(() => Promise<void>) | undefined>()
  expectTypeOf<keyof LentServices['store']>().toEqualTypeOf<'count' | 'query' | 'close'>()
  expectTypeOf<LentServices['untold']>().toBeAny()
  const query = {} as LentServices['store']['query']
  expectTypeOf(query<{ id: number }>('…')).toEqualTypeOf<Promise<{ id: number }[]>>()
  const { store } = {} as LentServices
  // @ts-expect-error nothing is set
  store.count = async () => 1
  // @ts-expect-error a code is one of the known ones
  expectTypeOf(new MoultError('NO_SUCH_CODE', 'x')).toExtend<Error>()
})

test('what is opened beside a state is typed for save, close and handlers', () => {
  const program = defineProcess({
    version: '1',
    init: () => ({ texts: ['a'] }),
    live: {
      open: async (state) => new Map([[state.texts[0], state.texts.length]]),
      save: (state, live) => {
        expectTypeOf(state).toEqualTypeOf<{ texts: string[] }>()
        expectTypeOf(live).toEqualTypeOf<Map<string | undefined, number>>()
      },
      close: (live) => live.clear(),
    },
    calls: {
      size: (_state, by: number, { live }) => {
        expectTypeOf(live).toEqualTypeOf<Map<string | undefined, number>>()
        return live.size + by
      },
    },
  })
  expectTypeOf<StateOf<typeof program>>().toEqualTypeOf<{ texts: string[] }>()
  defineProcess({
    version: '1',
    init: () => 0,
    // @ts-expect-error what is opened has a type
    live: { open: () => 1, close: (live: string) => expectTypeOf(live).toBeString() },
  })
  defineProcess({
    version: '1',
    init: () => 0,
    calls: {
      none: (_state, _payload: undefined, { live }) =>
        expectTypeOf(live).toEqualTypeOf<undefined>(),
    },
  })
})
