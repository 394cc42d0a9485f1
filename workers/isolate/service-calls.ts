import type { MessagePort, Transferable } from 'node:worker_threads'
import { withMoved } from '../../src/protocol/bytes/destination.ts'
import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/errors.ts'
import { abandon, asComlinkSends, fromComlink } from '../../src/protocol/wire/comlink-values.ts'
import { PendingRequests, thrownAnswer } from '../../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import { servicePath } from '../../src/protocol/wire/service-calls.ts'
import type { ResultAhead, UnreadCall } from '../../src/protocol/wire/service-calls.ts'

/** The calls that handlers of this thread make of functions that main lends. */
export class ServiceCalls {
  readonly #port: MessagePort
  readonly #pending = new PendingRequests()
  /** Of which call the next message is the result, where main has said so. */
  #ahead: ResultAhead | undefined
  /** Paths of calls with arguments that main may be unable to read. */
  readonly #nested = new Map<number, string>()

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (message: Answer | ResultAhead | UnreadCall) => this.#receive(message))
    port.on('messageerror', () => this.#refuseUnreadable())
    // The event loop is held by the data port alone: a lent service is not a reason to stay.
    port.unref()
  }

  /** `name` is undefined where the service itself is a function. */
  async call(
    service: string,
    name: string | undefined,
    args: readonly unknown[],
  ): Promise<unknown> {
    // Awaited here, it rejects in the async context of the caller: from Node 24 on that tells who has not awaited it.
    const result = await this.#pending.request((number) => this.#post(number, service, name, args))
    return result
  }

  #post(number: number, service: string, name: string | undefined, args: readonly unknown[]): void {
    const path = servicePath(service, name)
    const root = `${path}: arguments`
    const sent = args.map((arg, at) =>
      asComlinkSends(arg, 'UNCLONEABLE_ARGUMENT', `${root}[${at}]`),
    )
    const values = sent.map(({ value }) => value)
    const handlers = sent.map(({ handler }) => handler)
    const isWritten = handlers.some((handler) => handler !== undefined)
    const transfer = sent.flatMap((each): Transferable[] => each.transfer)
    const destination = withMoved(transfer)
    const onRefused = (): void => sent.forEach(abandon)
    const refusal = {
      code: 'UNCLONEABLE_ARGUMENT',
      root,
      destination,
      isWritten,
      onRefused,
    } as const
    sendExact(values, refusal, (prototypes) => {
      const call = [number, service, name, values, isWritten ? handlers : undefined, prototypes]
      this.#port.postMessage(call, transfer)
    })
    if (isWritten) this.#nested.set(number, path)
  }

  #receive(message: Answer | ResultAhead | UnreadCall): void {
    if (typeof message === 'number') return this.#refuseUnread(message)
    if (Array.isArray(message)) {
      this.#ahead = message as ResultAhead
      return
    }
    const [, path] = this.#ahead ?? [0, 'services']
    this.#settle(message as Answer, path)
  }

  #settle(answer: Answer, path: string): void {
    this.#ahead = undefined
    this.#nested.delete(answer.number)
    this.#pending.settle(answer.handler === undefined ? answer : readBy(answer, path))
  }

  #refuseUnread(number: number): void {
    const path = `${this.#nested.get(number) ?? 'services'}: arguments`
    this.#refuse(number, 'UNCLONEABLE_ARGUMENT', path, 'something that main can read')
  }

  #refuseUnreadable(): void {
    if (this.#ahead === undefined) return
    const [number, path] = this.#ahead
    this.#refuse(number, 'UNCLONEABLE_REPLY', `${path}: result`, 'something that a thread can read')
  }

  #refuse(number: number, code: ErrorCode, path: string, expected: string): void {
    const received = 'something that is nested too deeply'
    const message = `${path}: expected ${expected}, but got ${received}`
    const error = new MoultError(code, message, { path, expected, received })
    this.#settle(thrownAnswer(number, error), path)
  }
}

/** An answer whose result a transfer handler has written. */
function readBy(answer: Answer, path: string): Answer {
  try {
    const value = fromComlink(answer.value, answer.handler, 'UNCLONEABLE_REPLY', `${path}: result`)
    return { ...answer, value }
  } catch (error) {
    return thrownAnswer(answer.number, error)
  }
}
