import { createEndpoint, releaseProxy } from 'comlink'
import { inspect } from 'node:util'
import type { TraceSource } from '../protocol/definition/trace.ts'
import { MoultError } from '../protocol/errors.ts'
import { asComlinkSends, fromComlink, hasHandlers } from '../protocol/wire/comlink-values.ts'
import type { SentValue, WrittenValue } from '../protocol/wire/comlink-values.ts'
import { OnlyCalls, readOfAnything } from '../protocol/wire/only-calls.ts'
import { Message, ownPayload } from './message.ts'
import { request } from './messenger.ts'
import type { SendOptions } from './messenger.ts'
import type { Process } from './process.ts'

/** Makes a call of one process. */
type MakeCall = (name: string, payload: unknown) => Promise<unknown>

/** Ways of every function to be called. */
const waysToCall: ReadonlySet<string> = new Set(['apply', 'bind', 'call', 'length', 'name'])

/**
 * The calls of one process as functions of its payload. Values cross as over Comlink: moved where `transfer()` has
 * marked them, written by the user's transfer handlers. Whatever else a Comlink remote can do is refused.
 */
export function remoteCalls(process: Process, options: SendOptions): object {
  const { label } = process
  const makeCall: MakeCall = (name, payload) => {
    const call = hasHandlers() ? callWritten : callPlainly
    return call(process, name, payload, options)
  }
  const calls = new Map<string, object>()
  const callOf = (name: string): object => {
    const known = calls.get(name) ?? remoteCall(label, name, makeCall)
    calls.set(name, known)
    return known
  }
  const text = `calls of ${label}`
  return new Proxy(callable(text), new CallsGuard(text, callOf))
}

function remoteCall(label: string, name: string, makeCall: MakeCall): object {
  const text = `call '${name}' of ${label}`
  const call = function (this: void, ...payloads: unknown[]): Promise<unknown> {
    if (payloads.length > 1) return Promise.reject(severalPayloads(text, payloads.length))
    return makeCall(name, payloads[0])
  }
  // Bound, it can be constructed, so that the guard is asked.
  const target = printed(call.bind(undefined), text)
  Object.defineProperty(target, 'name', { value: name })
  return new Proxy(target, new CallGuard(text))
}

/** No handler of the user's is registered here. */
function callPlainly(
  process: Process,
  name: string,
  payload: unknown,
  given: SendOptions,
): Promise<unknown> {
  try {
    const { transfer } = asComlinkSends(payload, 'UNCLONEABLE_ARGUMENT', 'payload')
    const options = transfer.length === 0 ? given : { ...given, transfer }
    return request(process, 'call', name, payload, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Payload and reply may be written by handlers. */
async function callWritten(
  process: Process,
  name: string,
  payload: unknown,
  { traceOf }: SendOptions,
): Promise<unknown> {
  // Before a handler makes a port for a call that is not accepted.
  process.checkAccepts('call', name)
  const sent = asComlinkSends(payload, 'UNCLONEABLE_ARGUMENT', 'payload')
  const [handler, value] = (await sendWritten(process, name, sent, traceOf)) as WrittenValue
  return fromComlink(value, handler, 'UNCLONEABLE_REPLY', 'reply')
}

function sendWritten(
  process: Process,
  name: string,
  sent: SentValue,
  traceOf: TraceSource | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { payload, transfer } = ownPayload(sent.value, sent.transfer, process)
    const written: WrittenValue = [sent.handler, payload]
    const message = new Message('call', name, written, { resolve, reject }, transfer)
    message.isWritten = true
    message.trace = traceOf?.()
    process.send(message)
  })
}

/** Bound, so that it can be constructed and the guard is asked. */
function callable(text: string): object {
  return printed(function () {}.bind(undefined), text)
}

/** What a template string and `console.log` show. */
function printed(target: object, text: string): object {
  for (const way of [Symbol.toPrimitive, inspect.custom]) {
    Object.defineProperty(target, way, { value: () => text })
  }
  return target
}

/** Refuses what is no call. */
class Guard extends OnlyCalls {
  readonly text: string

  constructor(text: string) {
    super()
    this.text = text
  }

  /** Nothing but what prints it, and Comlink's own requests, is known by a symbol. */
  symbol(target: object, name: symbol): unknown {
    if (name === releaseProxy) throw this.refused('releaseProxy: there is nothing to release')
    if (name === createEndpoint) throw this.refused('createEndpoint')
    return Reflect.get(target, name)
  }

  defineProperty(_target: object, name: string | symbol): never {
    throw this.refused(`a definition of ${String(name)}`)
  }

  override refused(received: string): MoultError {
    const expected = 'a call with one payload'
    const message = `${this.text}: expected ${expected}, and nothing else, but got ${received}`
    return new MoultError('INVALID_OPTION', message, { expected, received })
  }
}

class CallsGuard extends Guard {
  readonly #callOf: (name: string) => object

  constructor(text: string, callOf: (name: string) => object) {
    super(text)
    this.#callOf = callOf
  }

  get(target: object, name: string | symbol): unknown {
    if (typeof name === 'symbol') return this.symbol(target, name)
    // A call of such a name is made by `ref.call`.
    return readOfAnything.has(name) ? undefined : this.#callOf(name)
  }

  apply(): never {
    throw this.refused('a call without a name')
  }
}

class CallGuard extends Guard {
  get(target: object, name: string | symbol): unknown {
    if (typeof name === 'symbol') return this.symbol(target, name)
    if (waysToCall.has(name)) return Reflect.get(target, name)
    if (name === 'toJSON') return undefined
    // It is awaited without being called.
    if (name === 'then')
      return (_: unknown, reject: (reason: unknown) => void) => reject(this.read())
    throw this.refused(`a read of '${name}'`)
  }

  read(): MoultError {
    return this.refused('a wait for the function itself')
  }
}

function severalPayloads(text: string, count: number): MoultError {
  const expected = 'one payload at most'
  const received = `${count} arguments`
  const message = `${text}: expected ${expected}, but got ${received}: send an object or an array`
  return new MoultError('INVALID_OPTION', message, { expected, received })
}
