import type ts from 'typescript'
import { propertyType, resultOf, signatureOf } from './typed-definition.ts'
import { Comparison } from './type-difference.ts'
import { misfits, nodeOf } from './version-pair.ts'
import type { Misfit, VersionPair } from './version-pair.ts'

/** A handler that both versions have. */
interface HandlerPair {
  /** Such as `call "get"`. */
  readonly name: string
  readonly node: ts.Node
  readonly older: ts.Signature
  readonly newer: ts.Signature
}

/** The payload of a handler. */
interface PayloadType {
  readonly type: ts.Type
  readonly isOptional: boolean
}

/** Misfits of remaining calls and casts: in the payloads of older callers, and in the replies that these expect. */
export function messageMisfits(pair: VersionPair): readonly Misfit[] {
  const calls = handlersOf(pair, 'calls')
  const casts = handlersOf(pair, 'casts')
  return [
    ...[...calls, ...casts].flatMap((handler) => payloadMisfits(pair, handler)),
    ...calls.flatMap((handler) => replyMisfits(pair, handler)),
  ]
}

function handlersOf(pair: VersionPair, field: 'calls' | 'casts'): readonly HandlerPair[] {
  const [older, newer] = [pair.older, pair.newer].map(({ type, node }) => {
    return propertyType(pair, type, field, node)
  })
  if (older === undefined || newer === undefined) return []
  return older.getProperties().flatMap(({ name }) => {
    const one = handler(pair, older, name)
    const other = handler(pair, newer, name)
    if (one === undefined || other === undefined) return []
    const node = nodeOf(pair, newer, name, pair.newer.node)
    return [{ name: `${field.slice(0, -1)} "${name}"`, node, older: one, newer: other }]
  })
}

function handler(pair: VersionPair, all: ts.Type, name: string): ts.Signature | undefined {
  const type = propertyType(pair, all, name, pair.newer.node)
  return type && signatureOf(pair, type)
}

function payloadMisfits(pair: VersionPair, handlers: HandlerPair): readonly Misfit[] {
  const accepted = payloadOf(pair, handlers.newer, handlers.node)
  if (accepted === undefined || isUnstated(pair, accepted.type)) return []
  const sent = payloadOf(pair, handlers.older, handlers.node)
  const unknown = sent && unknownMisfits(pair, handlers, 'payload', sent.type, accepted.type)
  if (unknown !== undefined && unknown.length > 0) return unknown
  const wrong = sentTypes(pair, sent).find((type) => !accepts(pair, accepted, type))
  if (wrong === undefined) return []
  const all = sent === undefined ? 'nothing' : pair.checker.typeToString(sent.type)
  const nothing = sent?.isOptional && isNothing(pair, wrong) ? ', or nothing' : ''
  return misfits(pair, {
    node: handlers.node,
    came: wrong,
    expected: accepted.type,
    isExact: false,
    say: (came, expected) => {
      const text = all === expected ? came : all
      return `${handlers.name} takes ${expected}, but callers of ${pair.from} send ${text}${nothing}`
    },
  })
}

function replyMisfits(
  pair: VersionPair,
  { name, node, ...handlers }: HandlerPair,
): readonly Misfit[] {
  const expected = resultOf(pair, handlers.older)
  const actual = resultOf(pair, handlers.newer)
  const { Void, Never } = pair.ts.TypeFlags
  // Callers cannot use the reply of a handler that returns nothing.
  if ((expected.flags & (Void | Never)) !== 0) return []
  const unknown = unknownMisfits(pair, { name, node }, 'reply', expected, actual)
  if (unknown.length > 0) return unknown
  return misfits(pair, {
    node,
    came: actual,
    expected,
    isExact: false,
    say: (one, other) => `${name} replies with ${one}, but callers of ${pair.from} expect ${other}`,
  })
}

/** Misfits for types of lost packages: they would fit, but prove nothing. */
export function unknownMisfits(
  pair: VersionPair,
  { name, node }: Pick<HandlerPair, 'name' | 'node'>,
  what: string,
  older: ts.Type,
  newer: ts.Type,
): readonly Misfit[] {
  if (pair.isOlderWhole) return []
  const hidden = new Comparison(pair, node, false).hiddenAny(older, newer)
  if (hidden === undefined) return []
  const place = hidden.path === '' ? what : `${what}.${hidden.path}`
  const message = `the ${what} of ${name} in ${pair.from} is not known any more: ${place} is any`
  return [{ node, message, isCompilers: false }]
}

/** The payload of a handler; undefined if it takes none. */
function payloadOf(
  { ts, checker }: VersionPair,
  signature: ts.Signature,
  at: ts.Node,
): PayloadType | undefined {
  const parameter = signature.parameters[1]
  if (parameter === undefined) return undefined
  const declaration = parameter.valueDeclaration
  const isOptional =
    declaration !== undefined &&
    ts.isParameter(declaration) &&
    checker.isOptionalParameter(declaration)
  return { type: checker.getTypeOfSymbolAtLocation(parameter, at), isOptional }
}

/** Whether a parameter has no type of its own, as in JavaScript: `never`, or `any`. */
function isUnstated({ ts }: VersionPair, type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Never | ts.TypeFlags.Any)) !== 0
}

/** All types that callers may send, one by one. */
function sentTypes(pair: VersionPair, sent: PayloadType | undefined): readonly ts.Type[] {
  const { checker } = pair
  if (sent === undefined) return [checker.getUndefinedType()]
  if (isUnstated(pair, sent.type)) return []
  const all = sent.type.isUnion() ? sent.type.types : [sent.type]
  return sent.isOptional ? [...all, checker.getUndefinedType()] : all
}

function accepts(pair: VersionPair, accepted: PayloadType, sent: ts.Type): boolean {
  if (accepted.isOptional && isNothing(pair, sent)) return true
  return pair.checker.isTypeAssignableTo(sent, accepted.type)
}

function isNothing({ ts }: VersionPair, type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) !== 0
}
