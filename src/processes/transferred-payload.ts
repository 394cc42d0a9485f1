import { types } from 'node:util'
import type { Transferable } from 'node:worker_threads'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { NOT_FOUND, cloneError } from '../protocol/bytes/clone-error.ts'
import { isDetached } from '../protocol/bytes/field-fault.ts'
import { ownClone } from '../protocol/bytes/own-copy.ts'
import type { DeclaringOwner } from '../protocol/bytes/own-copy.ts'
import { isStream } from '../protocol/bytes/transferables.ts'
import { MoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'

/** A payload that belongs to the mailbox alone. */
export interface OwnedPayload {
  readonly payload: unknown
  readonly transfer?: readonly Transferable[]
}

/**
 * A copy of a payload whose buffers, ports and streams leave the sender now.
 * @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to the value at fault, which may be one of the list
 */
export function ownTransferred(
  payload: unknown,
  transfer: readonly Transferable[],
  owner?: DeclaringOwner,
): OwnedPayload {
  const stream = transfer.find((each) => isStream(each))
  if (stream !== undefined) throw cloneError('UNCLONEABLE_ARGUMENT', transfer, 'transfer')
  try {
    const { value, moved } = ownClone(payload, 'payload', owner, [...transfer] as ArrayBuffer[])
    return { payload: value, transfer: moved }
  } catch (error) {
    throw transferError(transfer, error)
  }
}

/** The fault may lie with the list, and not with the payload. */
function transferError(transfer: readonly Transferable[], error: unknown): unknown {
  const index = transfer.findIndex(
    (each, at) => !isTransferable(each) || transfer.indexOf(each) < at,
  )
  const { received: found, cause } = error as MoultError
  if (index < 0 && found !== NOT_FOUND) return error
  // Which port has been closed, or has moved away, the platform does not say.
  const path = index < 0 ? 'transfer' : `transfer[${index}]`
  const received = index < 0 ? reasonOf(cause) : describe(transfer[index])
  const expected = 'a buffer or port that is not detached, once'
  const message = `${path} should be ${expected}, but is ${received}`
  return new MoultError('UNCLONEABLE_ARGUMENT', message, { path, expected, received, cause })
}

function isTransferable(value: unknown): boolean {
  if (value instanceof ArrayBuffer) return !isDetached(value)
  if (ArrayBuffer.isView(value)) return false
  return (
    typeof value === 'object' &&
    value !== null &&
    !types.isAnyArrayBuffer(value) &&
    isPlatform(value)
  )
}

/** Whether it is a port, a stream or another transferable of the platform. Structured clone judges those. */
function isPlatform(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype
}
