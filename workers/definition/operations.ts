import { types } from 'node:util'
import type { UpcastName } from '../../src/protocol/definition/contract.ts'
import type { ProcessContext } from '../../src/protocol/definition/context.ts'
import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import type {
  LooseDefinition,
  LooseHandler,
  LooseMessageSchemas,
  LooseUpcast,
} from './loose-definition.ts'
import { isPromiseLike, whenReady } from '../../src/protocol/promise-like.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import { validated } from './schema.ts'

/** An operation, by its number on the wire. */
export interface Operation {
  readonly kind: 'call' | 'cast'
  readonly name: string
  /** Checks, translates and handles, as far as the definition says so. */
  readonly handler: LooseHandler
  /** Checks and translates only. Returns the payload for the handler, or a promise if a schema is asynchronous. */
  readonly accept: (payload: unknown) => unknown
  /** Whether its payload is a `StreamedPayload`. */
  readonly isStreamed?: true
  /** Whether its message has been answered: it is replayed on an earlier state. */
  readonly isReplay?: true
}

/** The operations of a definition by their number: calls, casts, and messages of older versions that are translated. */
export function operationsOf(
  definition: LooseDefinition,
  upcasts: readonly UpcastName[],
): Operation[] {
  const { calls, casts, schemas } = definition
  const named = {
    call: mapValues(calls, (handler, name) =>
      operation('call', name, handler, schemas.calls?.[name]),
    ),
    cast: mapValues(casts, (handler, name) =>
      operation('cast', name, handler, schemas.casts?.[name]),
    ),
  }
  const translated = upcasts.map(({ from, kind, name }): Operation => {
    const own = definition.upcast[from]
    const upcast = (kind === 'call' ? own?.calls : own?.casts)?.[name]
    if (upcast === undefined) throw new RangeError(`no upcast of ${name} from ${from}`)
    const translate = translation(upcast, named[kind], kind, `upcast of ${name} from ${from}`)
    return upcastOperation(kind, name, translate)
  })
  return [...named.call.values(), ...named.cast.values(), ...translated]
}

function operation(
  kind: Operation['kind'],
  name: string,
  handler: LooseHandler,
  { payload: payloadSchema, reply: replySchema }: LooseMessageSchemas = {},
): Operation {
  const accept = (payload: unknown): unknown => {
    if (payloadSchema === undefined) return payload
    return validated(payloadSchema, payload, { code: 'INVALID_ARGUMENT', root: 'payload' })
  }
  const answer = (reply: unknown): unknown => {
    if (replySchema === undefined) return reply
    const check = (value: unknown): unknown =>
      validated(replySchema, value, { code: 'INVALID_REPLY', root: 'reply' })
    return types.isGeneratorObject(reply) ? checkedItems(reply, check) : check(reply)
  }
  // Without schemas the handler needs no wrapper.
  if (payloadSchema === undefined && replySchema === undefined)
    return { kind, name, handler, accept }
  const checked: LooseHandler = (state, payload, context) => {
    const handled = whenReady(accept(payload), (accepted) => handler(state, accepted, context))
    return whenReady(handled, answer)
  }
  return { kind, name, handler: checked, accept }
}

/** The schema of the reply of a stream is that of its items. */
async function* checkedItems(items: object, check: (item: unknown) => unknown): AsyncGenerator {
  for await (const item of items as AsyncIterable<unknown>) yield await check(item)
}

/** A message of an older version as one of this version. */
interface Translated {
  readonly target: Operation
  readonly payload: unknown
}

function translation(
  upcast: LooseUpcast,
  targets: ReadonlyMap<string, Operation>,
  kind: Operation['kind'],
  what: string,
): (payload: unknown) => Translated {
  return (payload) => {
    const made = translated(upcast, payload, what)
    const target = targets.get(made.name)
    if (target !== undefined) return { target, payload: made.payload }
    const expected = `the name of a ${kind}`
    const details = { expected, received: made.name }
    throw new MoultError('UPCAST_FAILED', `${what} names no ${kind}: '${made.name}'`, details)
  }
}

function upcastOperation(
  kind: Operation['kind'],
  name: string,
  translate: (payload: unknown) => Translated,
): Operation {
  return {
    kind,
    name,
    handler: (state: unknown, payload: unknown, context: ProcessContext) => {
      const made = translate(payload)
      return made.target.handler(state, made.payload, context)
    },
    accept: (payload) => {
      const made = translate(payload)
      return made.target.accept(made.payload)
    },
  }
}

function translated(
  upcast: LooseUpcast,
  payload: unknown,
  what: string,
): { readonly name: string; readonly payload?: unknown } {
  let made: unknown
  try {
    made = upcast(payload)
  } catch (cause) {
    throw new MoultError('UPCAST_FAILED', `${what} threw: ${reasonOf(cause)}`, { cause })
  }
  // Its rejection would end the thread, as it is not awaited.
  if (isPromiseLike(made)) made.then(undefined, () => undefined)
  const name: unknown = typeof made === 'object' && made !== null && 'name' in made && made.name
  if (typeof name === 'string' && !isPromiseLike(made)) return made as { readonly name: string }
  const expected = '{ name, payload }'
  const received = describe(made)
  const message = `${what} should return ${expected}, but returned ${received}`
  throw new MoultError('UPCAST_FAILED', message, { expected, received })
}

function mapValues<Value, Result>(
  table: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Result,
): Map<string, Result> {
  return new Map(Object.entries(table).map(([name, value]) => [name, map(value, name)]))
}
