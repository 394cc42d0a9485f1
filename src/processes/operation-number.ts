import { READ_STATE, writtenNumber } from '../protocol/definition/contract.ts'
import { MoultError } from '../protocol/errors.ts'
import { hintOf } from '../protocol/nearest-name.ts'
import { upcastKey } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'
import type { Message } from './message.ts'

/** The same as {@link operationNumber}, looked up at acceptance, and again only if the version has changed. */
export function operationOf(
  message: Message,
  version: Version,
  process: { readonly label: string },
): number | MoultError {
  if (message.knownTo === version) return message.operation
  const number = operationNumber(message, version, process)
  if (typeof number !== 'number') return number
  message.knownTo = version
  message.operation = number
  return number
}

/**
 * The number of a message's operation in a version, or why it has none. For a message of an older version it may be the
 * number of an upcast.
 */
export function operationNumber(
  message: Message,
  version: Version,
  process: { readonly label: string },
): number | MoultError {
  const number = numberIn(version, message, process)
  return message.isWritten && typeof number === 'number' ? writtenNumber(number) : number
}

function numberIn(
  version: Version,
  { kind, name, origin }: Message,
  process: { readonly label: string },
): number | MoultError {
  if (kind === 'read-state') return READ_STATE
  if (version.upcasts.size > 0 && origin !== version.declared) {
    const upcast = version.upcasts.get(upcastKey({ from: origin, kind, name }))
    if (upcast !== undefined) return upcast
  }
  const operation = version.operations.get(name)
  if (operation?.kind === kind) return operation.number
  return unknownOperation(kind, name, version, process.label)
}

function unknownOperation(
  kind: 'call' | 'cast',
  name: string,
  { contract }: Version,
  process: string,
): MoultError {
  const code = kind === 'call' ? 'UNKNOWN_CALL' : 'UNKNOWN_CAST'
  const known = kind === 'call' ? contract.calls : contract.casts
  const others = kind === 'call' ? contract.casts : contract.calls
  const hint = others.includes(name)
    ? ` ('${name}' is a ${kind === 'call' ? 'cast' : 'call'})`
    : hintOf(name, known)
  const expected = known.length === 0 ? `no ${kind} at all` : `one of ${known.join(', ')}`
  return new MoultError(
    code,
    `${process} (${contract.version}) has no ${kind} '${name}'${hint}; expected ${expected}`,
    { process, version: contract.version, expected, received: name },
  )
}
