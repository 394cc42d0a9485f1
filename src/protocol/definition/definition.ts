import { extraArguments } from '../extra-arguments.ts'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { CheckpointRule } from './checkpoint-rule.ts'
import type { LoadContext, ProcessContext } from './context.ts'
import type { Classes, Codecs } from './codec.ts'
import type { OnHandlerTimeout } from './contract.ts'
import type { EmittedData, EventTypes, HeardData, NoEventData, NoEvents } from './event.ts'
import type { LiveResource } from './live-resource.ts'
import type { CodeChangeByRecord, DowngradeByRecord, TableFactories } from './table-step.ts'

/** A handler of a call or a cast. `payload` is the one argument the caller gave. */
export type Handler<State, Live = never, Events = NoEventData> = (
  state: State,
  payload: never,
  context: ProcessContext<Live, Events>,
) => unknown

/** The second argument of a `codeChange` or `downgrade` function, after the old state. */
export interface Change {
  /** Label of the version the state comes from. */
  readonly from: string
  /** Label of the version the state goes to. */
  readonly to: string
  /** The option `extra` of the upgrade (Erlang's `Extra`), else undefined. */
  readonly extra: unknown
}

/**
 * Turns the state of one older version into the state of this one (Erlang's `code_change`).
 * `'unchanged'` declares that the old state is already right, and this one right for the older version.
 * The function may run many times, first on copies (see `rehearse`), so it should only compute.
 * An object migrates states with tables record by record: their records are migrated before the pause.
 */
export type CodeChange<State> =
  | ((old: never, change: Change) => State | Promise<State>)
  | CodeChangeByRecord<State, Change>
  | 'unchanged'

/**
 * Turns the state of this version back into that of an older one. It runs in this, the newer, version, as in OTP.
 * `'unchanged'` declares that the state is right as it is; where `codeChange` says so, it need not be said again.
 */
export type Downgrade<State> =
  ((state: State, change: Change) => unknown) | DowngradeByRecord<State, Change> | 'unchanged'

/** Schemas of one message. The handler, or the caller, is given the output of a schema. */
export interface MessageSchemas {
  /** Of the payload. One that does not fit is `INVALID_ARGUMENT` to the caller; the handler does not see it. */
  readonly payload?: StandardSchemaV1
  /** Of the reply, for calls only. One that does not fit is `INVALID_REPLY` to the caller. */
  readonly reply?: StandardSchemaV1
}

/**
 * Schemas of a version, by any library that speaks Standard Schema (https://standardschema.dev): Zod, Valibot, ArkType
 * …
 */
export interface Schemas {
  /**
   * Checked after `init`, and after every migration before the version serves. It checks only: the state stays as it
   * is.
   */
  readonly state?: StandardSchemaV1
  /**
   * Of the values in tables, by the names of their fields. Checked after `init`, and as records arrive, before the
   * pause.
   */
  readonly tables?: Readonly<Record<string, StandardSchemaV1>>
  readonly calls?: Readonly<Record<string, MessageSchemas>>
  readonly casts?: Readonly<Record<string, Pick<MessageSchemas, 'payload'>>>
}

/** A message of this version that says the same as one of an older version. */
export interface Upcasted {
  /** Name of a call, or of a cast where the older one was a cast. */
  readonly name: string
  readonly payload?: unknown
}

/**
 * Translates a message that an older version accepted, and that still waits, into one of this version.
 * It should only compute: it also runs on copies, before the older version is suspended.
 */
export type Upcast = (payload: never) => Upcasted

/** Translations of the messages of one older version. */
export interface Upcasts {
  readonly calls?: Readonly<Record<string, Upcast>>
  readonly casts?: Readonly<Record<string, Upcast>>
}

/** One version of a program: what a user's file exports by default. Made by {@link defineProcess}. */
export interface Definition<State, Args, Calls, Casts, Live = unknown, Emits = NoEvents> {
  /** Label of this version, unique among the versions of its code. Any non-empty string; semver is customary. */
  readonly version: string
  /** Makes the first state. Runs once in a process's life; a newer version enters through `codeChange`. */
  readonly init: (
    args: Args,
    context: ProcessContext<unknown, EmittedData<Emits>>,
  ) => State | Promise<State>
  /** What it has beside its state that is no data. */
  readonly live?: LiveResource<State, Live, EmittedData<Emits>>
  /** Handlers of messages with a reply: what they return (or resolve to) is the reply. They change `state` in place. */
  readonly calls?: Calls
  /** Handlers of messages without a reply. They change `state` in place. */
  readonly casts?: Casts
  /**
   * Events of its processes, and what their data is: `event<Data>()`, or a Standard Schema, which `context.emit` checks
   * and whose output listeners are told.
   */
  readonly emits?: Emits
  /** Migrations to this version, by the label of the running version. */
  readonly codeChange?: Readonly<Record<string, CodeChange<State>>>
  /** Migrations back from this version, by the label of the older version. */
  readonly downgrade?: Readonly<Record<string, Downgrade<State>>>
  /** How tables are made when a state is taken over, by the names of their fields. Default: `table()`. */
  readonly tables?: TableFactories<State>
  /** Classes whose instances are carried, by their own fields. */
  readonly classes?: Classes
  /** How values are carried that have no fields of their own. Of several that know a value the first is asked. */
  readonly codecs?: Codecs
  /**
   * Runs once in each isolate that loads this version, before it counts as loaded (Erlang's `on_load`). If it throws,
   * the version is refused.
   */
  readonly onLoad?: (context: LoadContext) => void | Promise<void>
  readonly schemas?: Schemas
  /** Translations of messages that older versions accepted, by the label of the older version. */
  readonly upcast?: Readonly<Record<string, Upcasts>>
  /**
   * How many messages may be handled at once. They begin in their order, and another may go on at each `await`.
   * Default 1: each is handled to its end before the next begins.
   */
  readonly concurrency?: number
  /**
   * Calls whose streams an upgrade does not wait for: where the new version names them, too, its handlers go on with
   * them, and find `context.resumed`.
   */
  readonly resumable?: readonly string[]
  /**
   * How often the states of its processes are copied to the main thread, between messages: after a crash they go on
   * with the last copy. Without it they go on with what `init` makes.
   */
  readonly checkpoint?: CheckpointRule
  /**
   * How long (ms) a handler may run. A longer one is told: by the event `handlerTimeout` of the runtime, and by
   * `context.signal`. Streams have no limit. Default: none. A spawn may say otherwise.
   */
  readonly handlerTimeoutMs?: number
  /**
   * What is done then. `'tell'` (default): nothing more. `'kill'`: the process ends as by a crash, its thread too where
   * the handler holds that, and the caller is told `HANDLER_TIMEOUT`.
   */
  readonly onHandlerTimeout?: OnHandlerTimeout
  /**
   * Calls and casts that are handled again where a crash has taken their effects on the state: those behind the last
   * checkpoint, in their order. Their replies have been given, and what they cast and emit has been sent: nothing of it
   * is sent again. Their handlers find `context.isReplay`. What else they do, they do twice.
   */
  readonly replayable?: readonly string[]
}

/** Any definition, for constraints: `load<D extends AnyDefinition>`. */
export interface AnyDefinition {
  readonly version: string
  readonly init: (args: never, context: ProcessContext) => unknown
  readonly calls?: Readonly<Record<string, Handler<never>>>
  readonly casts?: Readonly<Record<string, Handler<never>>>
  readonly emits?: EventTypes
}

/** The type of the missing calls or casts of a definition. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type
type NoHandlers = Readonly<Record<never, Handler<never>>>

/**
 * Declares one version of a process. Everything is inferred: the state from `init`, payloads and replies from the
 * handlers.
 *
 * ```ts
 * import { defineProcess } from 'moult'
 *
 * export default defineProcess({
 *   version: '1.0.0',
 *   init: (args: { start: number }) => ({ count: args.start }),
 *   calls: { increment: (state, by: number) => (state.count += by) },
 * })
 * ```
 */
export function defineProcess<
  State,
  Args,
  Calls = NoHandlers,
  Casts = NoHandlers,
  Live = undefined,
  Emits = NoEvents,
  Resumable extends string = never,
>(definition: {
  readonly version: string
  readonly init: (
    args: Args,
    context: ProcessContext<unknown, NoInfer<EmittedData<Emits>>>,
  ) => State | Promise<State>
  readonly live?: LiveResource<NoInfer<State>, Live, NoInfer<EmittedData<Emits>>>
  // An intersection and not a constraint: with a constraint and a default TypeScript gives `state` no type.
  readonly calls?: Calls &
    Readonly<Record<string, Handler<NoInfer<State>, NoInfer<Live>, NoInfer<EmittedData<Emits>>>>> &
    Readonly<Record<NoInfer<Resumable>, unknown>>
  readonly casts?: Casts &
    Readonly<Record<string, Handler<NoInfer<State>, NoInfer<Live>, NoInfer<EmittedData<Emits>>>>>
  readonly emits?: Emits & EventTypes
  readonly codeChange?: Readonly<Record<string, CodeChange<NoInfer<State>>>>
  readonly downgrade?: Readonly<Record<string, Downgrade<NoInfer<State>>>>
  readonly tables?: TableFactories<NoInfer<State>>
  readonly classes?: Classes
  readonly codecs?: Codecs
  readonly onLoad?: (context: LoadContext) => void | Promise<void>
  readonly schemas?: Schemas
  readonly upcast?: Readonly<Record<string, Upcasts>>
  readonly concurrency?: number
  // Held against the calls there: named by them here, nothing would be inferred where `init` is given its context.
  readonly resumable?: readonly Resumable[]
  readonly checkpoint?: CheckpointRule
  readonly handlerTimeoutMs?: number
  readonly onHandlerTimeout?: OnHandlerTimeout
  readonly replayable?: readonly string[]
}): Definition<State, Args, Calls, Casts, Live, Emits>
export function defineProcess(...given: unknown[]): unknown {
  const [definition] = given
  if (given.length > 1) throw extraArguments('defineProcess', ['definition'], given.length)
  return definition
}

/** The calls of a definition, by name. */
export type CallsOf<D extends AnyDefinition> = Exclude<D['calls'], undefined>
/** The casts of a definition, by name. */
export type CastsOf<D extends AnyDefinition> = Exclude<D['casts'], undefined>
/** What listeners to the events of a definition are told, by the names of the events. */
export type EventsOf<D extends AnyDefinition> = HeardData<Exclude<D['emits'], undefined>>
/** The state of a definition. */
export type StateOf<D extends AnyDefinition> = Awaited<ReturnType<D['init']>>
/** The argument of a definition's `init`. */
export type ArgsOf<D extends AnyDefinition> = D extends {
  readonly init: (...parameters: infer P) => unknown
}
  ? P extends [infer Args, ...unknown[]]
    ? Args
    : undefined
  : never

/** The arguments after a message's name: none, or its one payload. */
export type Payload<H> = H extends (...parameters: infer P) => unknown
  ? P extends [unknown, infer Only, ...unknown[]]
    ? undefined extends Only
      ? [payload?: Only]
      : [payload: Only]
    : P extends [unknown?]
      ? []
      : P extends [unknown, (infer Only)?, ...unknown[]]
        ? [payload?: Only]
        : []
  : never

/** The calls of a definition that can be read as streams. */
export type StreamsOf<D extends AnyDefinition> = {
  [Name in keyof CallsOf<D>]: unknown extends Reply<CallsOf<D>[Name]>
    ? Name
    : Reply<CallsOf<D>[Name]> extends AsyncIterable<unknown>
      ? Name
      : never
}[keyof CallsOf<D>] &
  string

/** What a stream yields. */
export type ItemOf<H> = Reply<H> extends AsyncIterable<infer Item> ? Item : unknown

/** What a stream returns behind its last item. */
export type ResultOf<H> = Reply<H> extends AsyncIterator<unknown, infer Result> ? Result : unknown

/** What a call resolves to. */
export type Reply<H> = H extends (...parameters: never) => infer R ? Awaited<R> : never
