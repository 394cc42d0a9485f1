import type { Transferable } from 'node:worker_threads'
import type {
  AnyDefinition,
  CallsOf,
  CastsOf,
  Payload,
  Reply,
} from '../protocol/definition/definition.ts'
import { MoultError } from '../protocol/errors.ts'
import { MAX_DELAY_MS, atDeadline } from '../timing/deadline.ts'
import { onAbort } from '../timing/on-abort.ts'
import { callSchema, parseOptions } from '../options/options.ts'
import { refuseExtraArguments } from '../options/strict-methods.ts'
import { extraArguments } from '../protocol/extra-arguments.ts'
import { noName } from '../protocol/no-name.ts'
import { Message, ownPayload } from './message.ts'
import type { Caller } from './message.ts'
import type { Process } from './process.ts'

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
}

/** Sends messages to one process. */
export class Messenger<D extends AnyDefinition> {
  readonly #process: Process
  readonly #options: MessageOptions

  /** @internal */
  constructor(process: Process, options: MessageOptions) {
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

  /** The same process with options for these messages: `ref.with({ timeoutMs: 100 }).call('get')`. */
  with(options: MessageOptions): Messenger<D> {
    // What was parsed has the options that come from a class, too.
    const given = parseOptions('with', callSchema, options) as MessageOptions
    return new Messenger(this.#process, { ...unlimited, ...this.#options, ...given })
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
}

/** Each is there, so that none is looked for in the prototype of all objects, to which a program may add. */
export const unlimited = {
  timeoutMs: undefined,
  signal: undefined,
  transfer: undefined,
  isFromHandler: false,
} as object as SendOptions

/** Sends a message that has no reply. */
export function sendCast(
  process: Process,
  name: string,
  payload: unknown,
  { transfer, signal, isFromHandler }: SendOptions = unlimited,
): void {
  if (signal?.aborted === true) throw aborted(process, 'cast', name, signal)
  if (transfer !== undefined) process.checkAccepts('cast', name, isFromHandler)
  const owned = ownPayload(payload, transfer)
  process.send(new Message('cast', name, owned.payload, undefined, owned.transfer), isFromHandler)
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
    const { timeoutMs, signal, transfer, isFromHandler } = options
    if (signal?.aborted === true) throw aborted(process, 'call', name, signal)
    if (transfer !== undefined) process.checkAccepts(kind, name, isFromHandler)
    const owned = ownPayload(payload, transfer)
    const hasLimits = timeoutMs !== undefined || signal !== undefined
    const limits = hasLimits ? new CallLimits({ resolve, reject }) : undefined
    const message = new Message(
      kind,
      name,
      owned.payload,
      limits ?? { resolve, reject },
      owned.transfer,
    )
    process.send(message, isFromHandler)
    // A full mailbox may have dropped it at once.
    if (limits === undefined || message.isAnswered) return
    limits.apply(timeoutMs, () => process.abandon(message, timedOut(process, name, timeoutMs)))
    limits.watch(signal, () => process.abandon(message, aborted(process, 'call', name, signal)))
  })
}

/** The caller of a call with a timeout or a signal, which end the wait for its reply early. */
class CallLimits implements Caller {
  readonly #caller: Caller
  #timer: NodeJS.Timeout | undefined
  #unwatch: (() => void) | undefined

  constructor(caller: Caller) {
    this.#caller = caller
  }

  apply(timeoutMs: number | undefined, late: () => void): void {
    if (timeoutMs !== undefined && timeoutMs <= MAX_DELAY_MS) {
      this.#timer = atDeadline(timeoutMs, late)
    }
  }

  watch(signal: AbortSignal | undefined, abort: () => void): void {
    if (signal !== undefined) this.#unwatch = onAbort(signal, abort)
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

function timedOut({ label }: Process, name: string, timeoutMs = 0): MoultError {
  const message = `${label} did not reply to '${name}' within ${timeoutMs} ms`
  return new MoultError('CALL_TIMEOUT', message, {
    process: label,
    expected: `at most ${timeoutMs} ms`,
  })
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
