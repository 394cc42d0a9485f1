import type { MessagePort, Transferable } from 'node:worker_threads'
import { cloneError } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { asComlinkSends, fromComlink } from '../../src/protocol/wire/comlink-values.ts'
import { PendingRequests, thrownAnswer } from '../../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import { servicePath } from '../../src/protocol/wire/service-calls.ts'
import type { ResultAhead } from '../../src/protocol/wire/service-calls.ts'

/** The calls that handlers of this thread make of functions that main lends. */
export class ServiceCalls {
  readonly #port: MessagePort
  readonly #pending = new PendingRequests()
  /** Of which call the next message is the result, where main has said so. */
  #ahead: ResultAhead | undefined

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (message: Answer | ResultAhead) => this.#receive(message))
    port.on('messageerror', () => this.#refuseUnreadable())
    // The event loop is held by the data port alone: a lent service is not a reason to stay.
    port.unref()
  }

  /** `name` is undefined where the service itself is a function. */
  call(service: string, name: string | undefined, args: readonly unknown[]): Promise<unknown> {
    return this.#pending.request((number) => this.#post(number, service, name, args))
  }

  #post(number: number, service: string, name: string | undefined, args: readonly unknown[]): void {
    const root = `${servicePath(service, name)}: arguments`
    const sent = args.map((arg, at) =>
      asComlinkSends(arg, 'UNCLONEABLE_ARGUMENT', `${root}[${at}]`),
    )
    const values = sent.map(({ value }) => value)
    const handlers = sent.map(({ handler }) => handler)
    const isWritten = handlers.some((handler) => handler !== undefined)
    const call = [number, service, name, values, ...(isWritten ? [handlers] : [])]
    const transfer = sent.flatMap((each): Transferable[] => each.transfer)
    try {
      this.#port.postMessage(call, transfer)
    } catch (cause) {
      throw cloneError('UNCLONEABLE_ARGUMENT', values, root, cause)
    }
  }

  #receive(message: Answer | ResultAhead): void {
    if (Array.isArray(message)) {
      this.#ahead = message as ResultAhead
      return
    }
    const path = this.#ahead?.[1] ?? 'services'
    this.#ahead = undefined
    this.#settle(message as Answer, path)
  }

  #settle(answer: Answer, path: string): void {
    this.#pending.settle(answer.handler === undefined ? answer : readBy(answer, path))
  }

  #refuseUnreadable(): void {
    if (this.#ahead === undefined) return
    const [number, service] = this.#ahead
    this.#ahead = undefined
    const path = `${service}: result`
    const expected = 'a result that a thread can read'
    const received = 'one that is nested too deeply'
    const message = `${path} is ${received}; expected ${expected}`
    const details = { path, expected, received }
    this.#pending.settle(
      thrownAnswer(number, new MoultError('UNCLONEABLE_REPLY', message, details)),
    )
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
