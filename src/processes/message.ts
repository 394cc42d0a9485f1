import type { Transferable } from 'node:worker_threads'
import { READ_STATE } from '../protocol/definition/contract.ts'
import type { Version } from '../versions/version.ts'
import { MoultError } from '../protocol/errors.ts'
import { types } from 'node:util'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { NOT_FOUND, cloneError } from '../protocol/bytes/clone-error.ts'
import { isDetached } from '../protocol/bytes/field-fault.ts'
import { isStream } from '../protocol/bytes/transferables.ts'
import { reasonOf } from '../protocol/reason.ts'
import { ownClone, ownCopy } from '../protocol/bytes/own-copy.ts'
import type { Queued } from './mailbox.ts'

/** A call wants a reply, a cast none, a read a copy of the state. */
export type MessageKind = 'call' | 'cast' | 'read-state'

/** The caller of a call, which waits for its end. */
export interface Caller {
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/** An entry of a mailbox. The mailbox owns the payload: no sender can change it while it waits. */
export class Message implements Queued {
  readonly kind: MessageKind
  readonly name: string
  readonly payload: unknown
  /** Buffers that move with the payload; such a message can be sent only once. */
  readonly transfer: readonly Transferable[] | undefined
  readonly #caller: Caller | undefined
  /** Its number once it is in flight. */
  sequence: number | undefined
  /** The number of its operation in {@link knownTo}. */
  operation = READ_STATE
  /** The version in which its operation was looked up. */
  knownTo: Version | undefined
  /** The declared version that accepted it: a newer version may have to translate it. */
  origin = ''
  arrival = -1
  /** Whether payload and reply are values with the names of the transfer handlers that wrote them. */
  isWritten = false
  /** Why the handler that made this call is not waited for. The call itself still is. */
  interruption: { readonly reason: unknown } | undefined
  #isAnswered = false
  #isFinished = false
  /** Tell the calls that its handler has made and waits for. */
  #inner: Set<(reason: unknown) => void> | undefined

  constructor(
    kind: MessageKind,
    name: string,
    payload: unknown,
    caller: Caller | undefined,
    transfer?: readonly Transferable[],
  ) {
    this.kind = kind
    this.name = name
    this.payload = payload
    this.transfer = transfer
    this.#caller = caller
  }

  /** Whether the caller no longer waits. The message is left out unless its handler has begun. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Whether the mailbox is done with it. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /** Leaves the mailbox, while its caller still waits. */
  letGo(): void {
    this.#isFinished = true
  }

  /** How a full mailbox is must be seen all the same. */
  get needsNoRoom(): boolean {
    return this.kind === 'read-state'
  }

  /** The handler has finished. */
  finish(): void {
    this.#isFinished = true
    this.#isAnswered = true
  }

  succeed(value: unknown): void {
    if (!this.#isAnswered) this.#caller?.resolve(value)
    this.finish()
  }

  /** The handler has failed. */
  fail(reason: unknown): void {
    if (!this.#isAnswered) this.#caller?.reject(reason)
    this.finish()
  }

  /** The caller stops waiting; the handler may still be running. The calls that it has made are told. */
  abandon(reason: unknown): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#caller?.reject(reason)
    for (const tell of this.#inner ?? []) tell(reason)
  }

  /** A call that its handler makes: `tell` is called when the message is abandoned, until the result is called. */
  addInner(tell: (reason: unknown) => void): () => void {
    this.#inner ??= new Set()
    const inner = this.#inner.add(tell)
    return () => inner.delete(tell)
  }
}

/** A payload that belongs to the mailbox alone. */
export interface OwnedPayload {
  readonly payload: unknown
  readonly transfer?: readonly Transferable[]
}

/**
 * The payload as the mailbox keeps it. All but primitives are copied once, here: the sender may change its own value,
 * and an uncloneable one is refused before it is queued. Transferables leave the sender now.
 * @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to the value at fault.
 */
export function ownPayload(payload: unknown, transfer?: readonly Transferable[]): OwnedPayload {
  if (transfer !== undefined && transfer.length > 0) return ownTransferred(payload, transfer)
  return { payload: ownCopy(payload, 'payload') }
}

function ownTransferred(payload: unknown, transfer: readonly Transferable[]): OwnedPayload {
  const stream = transfer.find((each) => isStream(each))
  if (stream !== undefined) throw cloneError('UNCLONEABLE_ARGUMENT', transfer, 'transfer')
  try {
    const { value, moved } = ownClone(payload, 'payload', [...transfer] as ArrayBuffer[])
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
