import type {
  AnyDefinition,
  ArgsOf,
  CallsOf,
  CastsOf,
  ItemOf,
  Payload,
  Reply,
  ResultOf,
  StateOf,
  StreamsOf,
} from '../src/protocol/definition/definition.ts'
import type { ItemStream } from '../src/processes/streams/item-stream.ts'
import type { WithMaps } from '../src/protocol/definition/table-step.ts'
import { checkedTrace } from '../src/protocol/definition/trace.ts'
import type { TraceContext } from '../src/protocol/definition/trace.ts'
import { Version } from '../workers/state/version.ts'
import { Hosted } from './hosted.ts'
import { lentTo } from './lent.ts'
import type { StandIns } from './lent.ts'
import type { AnswerCall, SentMessage } from './main-side.ts'
import type { ToldEnd, WaitingMonitor } from './test-monitors.ts'
import type { TestClock } from './test-clock.ts'

/** Options of {@link testProcess}. */
export interface TestProcessOptions<D extends AnyDefinition> {
  /** The argument of `init`. */
  readonly args?: ArgsOf<D>
  /** Default: `'test'`. */
  readonly name?: string
  /** What `context.services` has: stand-ins for what main lends. */
  readonly services?: StandIns
  /** Answers `context.call` to other processes. Without it such a call is `UNKNOWN_PROCESS`. */
  readonly answer?: AnswerCall
  /** Where the clock begins, in ms since 1970 for timers by the calendar. Default 0. */
  readonly now?: number
}

/** A process that runs in this thread, with a clock in the test's hand. */
export interface TestProcess<D extends AnyDefinition> {
  /** As `ref.call` of a real process: payload and reply are copied and examined, schemas are checked. */
  call<Name extends keyof CallsOf<D> & string>(
    name: Name,
    ...payload: Payload<CallsOf<D>[Name]>
  ): Promise<Reply<CallsOf<D>[Name]>>
  /** As `ref.stream`. */
  stream<Name extends StreamsOf<D>>(
    name: Name,
    ...payload: Payload<CallsOf<D>[Name]>
  ): ItemStream<ItemOf<CallsOf<D>[Name]>, ResultOf<CallsOf<D>[Name]>>
  /** As `ref.cast`. What the handler throws is in {@link TestProcess.castFailures}. */
  cast<Name extends keyof CastsOf<D> & string>(
    name: Name,
    ...payload: Payload<CastsOf<D>[Name]>
  ): void
  /** The same process, whose messages carry a trace, as `ref.with` of a real process. */
  with(options: { readonly trace: TraceContext }): Pick<TestProcess<D>, 'call' | 'cast' | 'stream'>
  /** A copy of the state. */
  state(): Promise<WithMaps<StateOf<D>>>
  /** Resolves when all that was sent, and what its handlers have sent to itself, has been handled. */
  settled(): Promise<void>
  /** Aborts the signal of its handlers, ends its timers and closes what it has opened. */
  stop(): Promise<void>
  readonly clock: TestClock
  /** The monitors that it has set, and that have told nothing yet. */
  readonly monitors: readonly WaitingMonitor[]
  /** Names or ids of the processes to which it has linked itself. Nothing dies of them here. */
  readonly links: readonly string[]
  /** Another process ends, or is made anew (`reason: 'restarted'`): monitors of it cast. Default: it was stopped. */
  down(process: string, end?: ToldEnd): void
  /** What handlers have sent to other processes, oldest first. */
  readonly sent: readonly SentMessage[]
  /** The events that it has told, oldest first. */
  readonly emitted: readonly { readonly name: string; readonly data: unknown }[]
  readonly castFailures: readonly { readonly name: string; readonly error: unknown }[]
  /** What was logged by `context.log`. */
  readonly log: readonly {
    readonly level: string
    readonly message: string
    readonly fields: unknown
  }[]
  /** Whether a handler has asked for a newer version. */
  readonly wantsUpgrade: boolean
}

/**
 * Makes a process of a definition in this thread: no bundling, no threads, no sleeping. Handlers, schemas, `live`,
 * timers and copies are what they are in production; crashes, deadlines and upgrades under traffic are not there.
 *
 * @throws MoultError `NOT_A_DEFINITION`, `UNCLONEABLE_STATE`, `INVALID_STATE`, `OPEN_FAILED`, and what `onLoad` and
 * `init` throw
 */
export async function testProcess<D extends AnyDefinition>(
  definition: D,
  options: TestProcessOptions<D> = {},
): Promise<TestProcess<D>> {
  const { args, name = 'test', services = {}, answer, now = 0 } = options
  const lent = lentTo(services)
  const hosted = new Hosted(new Version(definition), { name, services: lent, answer, now })
  await hosted.init(args)
  return asTested<D>(hosted)
}

function asTested<D extends AnyDefinition>(hosted: Hosted): TestProcess<D> {
  const { clock, main } = hosted
  const tested = {
    ...senders(hosted),
    with: (options: { readonly trace: TraceContext }) =>
      senders(hosted, checkedTrace('with', options.trace)),
    state: () => hosted.state(),
    settled: () => hosted.settled(),
    stop: () => hosted.stop(),
    clock,
    get monitors() {
      return hosted.monitors.waiting
    },
    get links() {
      return [...hosted.links]
    },
    down: (process: string, end: ToldEnd = {}) => hosted.monitors.tell(process, end),
    sent: main.sent,
    emitted: main.emitted,
    castFailures: main.castFailures,
    log: main.log,
    get wantsUpgrade() {
      return hosted.wantsUpgrade
    },
  }
  return tested as unknown as TestProcess<D>
}

function senders(hosted: Hosted, trace?: TraceContext): object {
  const carried = trace === undefined ? {} : { trace }
  return {
    call: async (name: string, payload?: unknown) =>
      hosted.send({ kind: 'call', name, payload, ...carried }),
    stream: (name: string, payload?: unknown) => hosted.stream(name, payload, trace),
    cast: (name: string, payload?: unknown) =>
      void hosted.send({ kind: 'cast', name, payload, ...carried }),
  }
}
