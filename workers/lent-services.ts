import { wrap } from 'comlink'
import type { Remote } from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import type { LentServices } from '../src/protocol/context.ts'
import { MoultError } from '../src/protocol/errors.ts'

/** The services that main lends, as remotes. A name that was not lent is refused here, where the handler can be told. */
export function lentServices(port: MessagePort, names: readonly string[]): LentServices {
  const remote = wrap(port) as unknown as Readonly<Record<string, Remote<unknown>>>
  // The event loop is held by the data port alone: a lent service is not a reason to stay.
  port.unref()
  return new Proxy(remote, {
    get(target, name): unknown {
      if (typeof name === 'string' && names.includes(name)) return target[name]
      // What asks whether this is a promise, or how to print it, has to hear that it is not special.
      if (typeof name === 'symbol' || name === 'then') return undefined
      throw unknownService(name, names)
    },
  })
}

function unknownService(name: string, names: readonly string[]): MoultError {
  const expected = names.length === 0 ? 'no service at all' : `one of ${names.join(', ')}`
  const message = `there is no service '${name}'; createRuntime({ services }) lent ${expected}`
  return new MoultError('UNKNOWN_SERVICE', message, { expected, received: name })
}
