import { wrap } from 'comlink'
import type { Endpoint, Remote } from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import type { LentServices } from '../../src/protocol/definition/context.ts'
import { cloneError } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../src/protocol/errors.ts'

/** The services that main lends, as remotes. A name that was not lent is an error in the handler. */
export function lentServices(port: MessagePort, names: readonly string[]): LentServices {
  const remote = wrap(refusing(port)) as unknown as Readonly<Record<string, Remote<unknown>>>
  // The event loop is held by the data port alone: a lent service is not a reason to stay.
  port.unref()
  return new Proxy(remote, {
    get(target, name): unknown {
      if (typeof name === 'string' && names.includes(name)) return target[name]
      // `then`, and the symbols for printing, have to be undefined.
      if (typeof name === 'symbol' || name === 'then') return undefined
      throw unknownService(name, names)
    },
  })
}

/** The fields of a Comlink message that name the service and the function. */
interface Asked {
  readonly path?: readonly string[]
  readonly argumentList?: readonly Given[]
  readonly value?: Given
}

/** A value as Comlink sends it. */
interface Given {
  readonly value?: unknown
}

/** A port whose error names the argument that cannot be sent; the error of the platform does not. */
function refusing(port: MessagePort): Endpoint & { readonly start: () => void } {
  // The same port, as Comlink knows one.
  const own = port as unknown as Endpoint
  return {
    postMessage(message: Asked, transfer) {
      try {
        own.postMessage(message, transfer)
      } catch (cause) {
        throw uncloneable(message, cause)
      }
    },
    addEventListener: (...listener) => own.addEventListener(...listener),
    removeEventListener: (...listener) => own.removeEventListener(...listener),
    start: () => port.start(),
  }
}

function uncloneable({ path = [], argumentList, value }: Asked, cause: unknown): MoultError {
  const asked = `services.${path.join('.')}`
  if (argumentList === undefined) {
    return cloneError('UNCLONEABLE_ARGUMENT', value?.value, asked, cause)
  }
  const given = argumentList.map((each) => each.value)
  return cloneError('UNCLONEABLE_ARGUMENT', given, `${asked}: arguments`, cause)
}

function unknownService(name: string, names: readonly string[]): MoultError {
  const expected = names.length === 0 ? 'no service at all' : `one of ${names.join(', ')}`
  const message = `there is no service '${name}'; createRuntime({ services }) lent ${expected}`
  return new MoultError('UNKNOWN_SERVICE', message, { expected, received: name })
}
