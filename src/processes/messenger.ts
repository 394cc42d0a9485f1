import type { Transferable } from 'node:worker_threads'
import type {
  AnyDefinition,
  CallsOf,
  CastsOf,
  ItemOf,
  Payload,
  Reply,
  ResultOf,
  StreamsOf,
} from '../protocol/definition/definition.ts'
import type { TraceContext, TraceSource } from '../protocol/definition/trace.ts'
import { MoultError } from '../protocol/errors.ts'
import { MAX_DELAY_MS, atDeadline } from '../timing/deadline.ts'
import { onAbort } from '../timing/on-abort.ts'
import { callSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { refuseExtraArguments } from '../options/strict-methods.ts'
import { extraArguments } from '../protocol/extra-arguments.ts'
import { noName } from '../protocol/no-name.ts'
import { atWork } from './activity/at-work.ts'
import { isInput } from './streams/input-feed.ts'
import { ReceivedItems } from './streams/item-stream.ts'
import type { ItemStream } from './streams/item-stream.ts'
import { Message, ownPayload } from './message.ts'
import type { Caller } from './message.ts'
import type { Process } from './process.ts'
import { streamedMessage } from './streamed-message.ts'

/** How a single call or cast is to be made. */
export interface MessageOptions {
  /**
   * The call rejects with `CALL_TIMEOUT` after this time (ms). A handler that has not begun by then is left out; one
   * that runs finds `context.signal` aborted.
   */
  readonly timeoutMs?: number
  /**
   * The call rejects with `CALL_ABORTED` when it is aborted. A handler that has not begun by then is left out; one that
   * runs finds `context.signal` aborted. A cast is refused with it, but is not called back.
   */
  readonly signal?: AbortSignal
  /** Buffers or ports that are moved to the process instead of copied. Such a message goes when a handler is free for it. */
  readonly transfer?: readonly Transferable[]
  /** The handler finds it as `context.trace`, and what it sends carries it. */
  readonly trace?: TraceContext
}

/** Sends messages to one process. */
export class Messenger<D extends AnyDefinition> {
  readonly #process: Process
  readonly #options: SendOptions

  /** @internal */
  constructor(process: Process, options: SendOptions) {
    this.#process = process
    this.#options = options
  }

  /**
   * Sends a message and waits for its reply. Messages of one sender are handled in the order in which they were sent.
   *
   * Rejects with what the handler threw (class name, message, stack, code, cause and data fields kept), or with a
   * MoultError: `UNKNOWN_CALL`, `INVALID_ARGUMENT`, `INVALID_REPLY`, `UNCLONEABLE_ARGUMENT`, `UNCLONEABLE_REPLY`,
   * `MAILBOX_FULL`, `CALL_TIMEOUT`, `CALL_ABORTED`, `ISOLATE_EXITED` (the thread died in this handler),
   * `RESTART_LIMIT`, `PROCESS_STOPPED`.
   *
   * A payload that is an async iterable, such as a `ReadableStream`, crosses item by item, as the handler takes them.
   */
  call<Name extends keyof CallsOf<D> & string>(
    name: Name,
    ...payload: Payload<CallsOf<D>[Name]>
  ): Promise<Reply<CallsOf<D>[Name]>> {
    if (!isMessage(name, payload)) return Promise.reject(noMessage('call', name, payload))
    const reply = request(this.#process, 'call', name, payload[0], this.#options)
    return reply as Promise<Reply<CallsOf<D>[Name]>>
  }

  /**
   * Sends a message without waiting. An error of its handler is the runtime's `castFailed` event.
   * @throws MoultError `UNKNOWN_CAST`, `UNCLONEABLE_ARGUMENT`, `MAILBOX_FULL`, `CALL_ABORTED`, `PROCESS_STOPPED`,
   * `INVALID_OPTION`: then it was not accepted.
   */
  cast<Name extends keyof CastsOf<D> & string>(
    name: Name,
    ...payload: Payload<CastsOf<D>[Name]>
  ): void {
    if (!isMessage(name, payload)) throw noMessage('cast', name, payload)
    sendCast(this.#process, name, payload[0], this.#options)
  }

  /**
   * Sends a call whose handler yields, as an `async *` function does, and reads its items one by one: `for await (const
   * token of ref.stream('chat', question))`. The handler begins at its turn and runs at most 16 items ahead of its
   * reader. Leaving the loop, `return()`, and `signal` and `timeoutMs` of {@link with} end it: it finds
   * `context.signal` aborted. A stream that is opened has to be read, or left: its handler waits otherwise.
   *
   * An upgrade waits for the end of a stream. Where the definition names the call as `resumable` it does not: the
   * generator is ended at its next `yield`, and the new version's goes on, with `context.resumed`. The reader sees one
   * stream.
   *
   * Reading rejects as {@link call} does, behind the items that came before, and with `NOT_A_STREAM` where the handler
   * yields nothing, or `STREAM_NOT_RESUMABLE` where the new version cannot go on.
   * @throws MoultError `INVALID_OPTION`, and `STREAM_LOCKED` where it is read twice
   */
  stream<Name extends StreamsOf<D>>(
    name: Name,
    ...payload: Payload<CallsOf<D>[Name]>
  ): ItemStream<ItemOf<CallsOf<D>[Name]>, ResultOf<CallsOf<D>[Name]>> {
    if (!isMessage(name, payload)) throw noMessage('stream', name, payload)
    const items = openStream(this.#process, name, payload[0], this.#options)
    return items as ItemStream<ItemOf<CallsOf<D>[Name]>, ResultOf<CallsOf<D>[Name]>>
  }

  /** The same process with options for these messages: `ref.with({ timeoutMs: 100 }).call('get')`. */
  with(options: MessageOptions): Messenger<D> {
    // What was parsed has the options that come from a class, too.
    const given = parseOptions('with', callSchema, options) as MessageOptions
    const { trace } = given
    const traceOf = trace === undefined ? this.#options.traceOf : (): TraceContext => trace
    return new Messenger(this.#process, { ...unlimited, ...this.#options, ...given, traceOf })
  }
}

refuseExtraArguments(Messenger.prototype, { with: ['options'] })

function isMessage(name: unknown, { length }: readonly unknown[]): boolean {
  return typeof name === 'string' && length <= 1
}

function noMessage(kind: string, name: unknown, payload: readonly unknown[]): MoultError {
  if (typeof name !== 'string') return noName(kind, 'name', name)
  return extraArguments(kind, ['name', 'payload'], payload.length + 1)
}

/** Messages of handlers are marked: a draining process may still take them. */
export interface SendOptions extends MessageOptions {
  readonly isFromHandler?: boolean
  /** Asked for the trace of each message. */
  readonly traceOf?: TraceSource | undefined
}

/** Each is there, so that none is looked for in the prototype of all objects, to which a program may add. */
export const unlimited = {
  timeoutMs: undefined,
  signal: undefined,
  transfer: undefined,
  isFromHandler: false,
  traceOf: undefined,
} as object as SendOptions

/** Sends a message that has no reply. */
export function sendCast(
  process: Process,
  name: string,
  payload: unknown,
  { transfer, signal, isFromHandler, traceOf }: SendOptions = unlimited,
): void {
  if (signal?.aborted === true) throw aborted(process, 'cast', name, signal)
  if (transfer !== undefined) process.checkAccepts('cast', name, isFromHandler)
  const owned = ownPayload(payload, transfer, process)
  const message = new Message('cast', name, owned.payload, undefined, owned.transfer)
  if (traceOf !== undefined) message.trace = traceOf()
  process.send(message, isFromHandler)
}

/** Sends a message that has a reply. */
export function request(
  process: Process,
  kind: 'call' | 'read-state',
  name: string,
  payload: unknown,
  options = unlimited,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { timeoutMs, signal, transfer, isFromHandler, traceOf } = options
    if (signal?.aborted === true) throw aborted(process, 'call', name, signal)
    if (transfer !== undefined) process.checkAccepts(kind, name, isFromHandler)
    const hasLimits = timeoutMs !== undefined || signal !== undefined
    const limits = hasLimits ? new CallLimits({ resolve, reject }) : undefined
    const caller = limits ?? { resolve, reject }
    const message = callMessage(process, kind, name, payload, caller, transfer)
    if (traceOf !== undefined) message.trace = traceOf()
    process.send(message, isFromHandler)
    limits?.apply(process, message, options)
  })
}

function callMessage(
  process: Process,
  kind: 'call' | 'read-state',
  name: string,
  payload: unknown,
  caller: Caller,
  transfer: readonly Transferable[] | undefined,
): Message {
  try {
    const owned = ownPayload(payload, transfer, process)
    return new Message(kind, name, owned.payload, caller, owned.transfer)
  } catch (error) {
    // No value with items to come is data: it is looked for only here, so that it costs others nothing.
    if (transfer !== undefined || !isInput(payload)) throw error
    return streamedMessage(process, name, payload, caller)
  }
}

/** Sends a call whose handler yields. What goes wrong is told to the reader. */
export function openStream(
  process: Process,
  name: string,
  payload: unknown,
  options: SendOptions,
): ItemStream<unknown> {
  const { signal, transfer, traceOf } = options
  if (transfer !== undefined) throw movedWithStream(name)
  const items = new ReceivedItems(`the stream '${name}' of ${process.label}`)
  const limits = new CallLimits(items)
  try {
    if (signal?.aborted === true) throw aborted(process, 'call', name, signal)
    const message = streamedMessage(process, name, payload, limits, items)
    if (traceOf !== undefined) message.trace = traceOf()
    process.send(message)
    limits.apply(process, message, options)
  } catch (error) {
    items.reject(error)
  }
  return items
}

/** The caller of a call with a timeout or a signal, which end the wait for its reply early. */
class CallLimits implements Caller {
  readonly #caller: Caller
  #timer: NodeJS.Timeout | undefined
  #unwatch: (() => void) | undefined

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** The message has been accepted. */
  apply(process: Process, message: Message, { timeoutMs, signal }: MessageOptions): void {
    // A full mailbox may have dropped it at once.
    if (message.isAnswered) return
    const { name } = message
    if (timeoutMs !== undefined && timeoutMs <= MAX_DELAY_MS) {
      const late = (): void => process.abandon(message, timedOut(process, name, timeoutMs))
      this.#timer = atDeadline(timeoutMs, late)
    }
    if (signal === undefined) return
    const abort = (): void => process.abandon(message, aborted(process, 'call', name, signal))
    this.#unwatch = onAbort(signal, abort)
  }

  resolve(value: unknown): void {
    this.#lift()
    this.#caller.resolve(value)
  }

  reject(reason: unknown): void {
    this.#lift()
    this.#caller.reject(reason)
  }

  #lift(): void {
    clearTimeout(this.#timer)
    this.#unwatch?.()
  }
}

function movedWithStream(name: string): MoultError {
  const expected = 'no transfer: a stream may have to be sent again, to the next version'
  const message = `the option transfer of the stream '${name}' should be ${expected}`
  const details = { path: 'transfer', expected, received: 'a list' }
  return new MoultError('INVALID_OPTION', message, details)
}

function timedOut(process: Process, name: string, timeoutMs = 0): MoultError {
  const { label } = process
  const { text, details } = atWork(process)
  const message = `${label} did not reply to '${name}' within ${timeoutMs} ms: ${text}`
  const expected = `at most ${timeoutMs} ms`
  return new MoultError('CALL_TIMEOUT', message, { ...details, process: label, expected })
}

function aborted(
  { label }: Process,
  kind: 'call' | 'cast',
  name: string,
  signal: AbortSignal | undefined,
): MoultError {
  const message = `the ${kind} '${name}' to ${label} was aborted`
  return new MoultError('CALL_ABORTED', message, { process: label, cause: signal?.reason })
}
