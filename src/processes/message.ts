import type { Transferable } from 'node:worker_threads'
import { READ_STATE } from '../protocol/definition/contract.ts'
import { upcastKey } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'
import { MoultError } from '../protocol/errors.ts'
import { types } from 'node:util'
import { cloneError, describe } from '../protocol/bytes/clone-bytes.ts'
import { NOT_FLAT, flatCopy } from '../protocol/bytes/flat-copy.ts'
import type { Queued } from './mailbox.ts'

/** What a message wants: a reply, none, or a copy of the state. */
export type MessageKind = 'call' | 'cast' | 'read-state'

/** Who waits for the end of a call. */
export interface Caller {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** An entry of a mailbox. The payload is the mailbox's own: nobody else can change it while it waits or is sent again. */
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
  /** The declared version that was serving when it was accepted: a newer one may have to translate it. */
  origin = ''
  arrival = -1
  #isAnswered = false
  #isFinished = false

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

  /** Whether nobody waits for it any more: it need not be handled if its turn has not come. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  get isFinished(): boolean {
    return this.#isFinished
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

  fail(reason: unknown): void {
    this.abandon(reason)
    this.finish()
  }

  /** The caller stops waiting; the handler may still be running. */
  abandon(reason: unknown): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#caller?.reject(reason)
  }
}

/** A payload that belongs to the mailbox alone. */
export interface OwnedPayload {
  readonly payload: unknown
  readonly transfer?: readonly Transferable[]
}

/**
 * The payload as the mailbox keeps it. What is no primitive is copied once, here: the sender may change its own,
 * and what cannot be cloned is refused before it is queued. What is to be transferred is taken away from the sender now.
 * @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to the value at fault.
 */
export function ownPayload(payload: unknown, transfer?: readonly Transferable[]): OwnedPayload {
  if (transfer !== undefined && transfer.length > 0) return ownTransferred(payload, transfer)
  return { payload: ownValue(payload, 'payload') }
}

/** A copy that nobody else can change of what a user calls `name`. @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to the value at fault. */
export function ownValue(value: unknown, name: string): unknown {
  const flat = flatCopy(value)
  if (flat !== NOT_FLAT) return flat
  try {
    return structuredClone(value)
  } catch (cause) {
    throw cloneError('UNCLONEABLE_ARGUMENT', value, name, cause)
  }
}

function ownTransferred(payload: unknown, transfer: readonly Transferable[]): OwnedPayload {
  try {
    const list = [...transfer] as ArrayBuffer[]
    return structuredClone({ payload, transfer: list }, { transfer: list })
  } catch (cause) {
    throw transferError(payload, transfer, cause)
  }
}

/** The fault may lie with the payload or with the list. */
function transferError(
  payload: unknown,
  transfer: readonly Transferable[],
  cause: unknown,
): MoultError {
  const index = transfer.findIndex(
    (each, at) => !isTransferable(each) || transfer.indexOf(each) < at,
  )
  if (index < 0) return cloneError('UNCLONEABLE_ARGUMENT', payload, 'payload', cause)
  const path = `transfer[${index}]`
  const received = describe(transfer[index])
  const expected = 'a buffer or port that is not detached, once'
  const message = `${path} should be ${expected}, but is ${received}`
  return new MoultError('UNCLONEABLE_ARGUMENT', message, { path, expected, received, cause })
}

function isTransferable(value: unknown): boolean {
  if (value instanceof ArrayBuffer) return !isDetached(value)
  return (
    typeof value === 'object' &&
    value !== null &&
    !types.isAnyArrayBuffer(value) &&
    isPlatform(value)
  )
}

/** Ports, streams and other transferables of the platform: what is left is for structured clone to say. */
function isPlatform(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype
}

function isDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/** The number of a message's operation in a version, or why it has none. What an older version accepted may have to be translated first. */
export function operationNumber(
  { kind, name, origin }: Message,
  version: Version,
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
  const hint = others.includes(name) ? ` ('${name}' is a ${kind === 'call' ? 'cast' : 'call'})` : ''
  const expected = known.length === 0 ? `no ${kind} at all` : `one of ${known.join(', ')}`
  return new MoultError(
    code,
    `${process} (${contract.version}) has no ${kind} '${name}'${hint}; expected ${expected}`,
    { process, version: contract.version, expected, received: name },
  )
}
