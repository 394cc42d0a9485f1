import { MoultError } from '../src/protocol/errors.ts'
import type { LentServices, Services } from '../src/protocol/definition/context.ts'
import { ownCopy } from '../src/protocol/bytes/own-copy.ts'
import { functionsOf } from '../src/options/lendable.ts'

/** Stand-ins for some of what main lends. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- a program declares its own
export type StandIns = Partial<Services>

/** Services as a handler sees them: their functions, each of which answers with a promise; arguments and results are copies. */
export function lentTo(services: StandIns): LentServices {
  const lent: Record<string, unknown> = {}
  for (const [name, service] of Object.entries<unknown>(services))
    lent[name] = lentService(name, service)
  return lent
}

function lentService(name: string, service: unknown): unknown {
  if (typeof service === 'function') return lentFunction(name, undefined, service)
  const names = typeof service === 'object' && service !== null ? functionsOf(service) : undefined
  if (names === undefined) throw notLendable(name)
  const own = service as Record<string, unknown>
  return Object.fromEntries(
    names.map((each) => [each, lentFunction(`${name}.${each}`, own, own[each])]),
  )
}

function lentFunction(name: string, owner: unknown, called: unknown): unknown {
  return async (...given: unknown[]) => {
    const copies = ownCopy(given, name) as unknown[]
    const result: unknown = await Reflect.apply(called as () => unknown, owner, copies)
    return ownCopy(result, name)
  }
}

function notLendable(name: string): MoultError {
  const expected = 'an object with functions, or a function'
  const message = `services.${name} should be ${expected}`
  return new MoultError('INVALID_OPTION', message, { path: `services.${name}`, expected })
}
