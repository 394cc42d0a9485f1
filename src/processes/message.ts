import type { Transferable } from 'node:worker_threads'
import { ownCopy } from '../protocol/bytes/own-copy.ts'
import type { DeclaringOwner } from '../protocol/bytes/own-copy.ts'
import { keepPrototypes, needsDeclared, restorePrototypes } from '../protocol/bytes/prototypes.ts'
import type { Prototypes } from '../protocol/bytes/prototypes.ts'
import { READ_STATE, isResumable, numberInWay } from '../protocol/definition/contract.ts'
import type { OtherWay } from '../protocol/definition/contract.ts'
import type { TraceContext } from '../protocol/definition/trace.ts'
import type { MoultError } from '../protocol/errors.ts'
import { unwrapSequence } from '../protocol/wire/progress.ts'
import type { ProgressCell } from '../protocol/wire/progress.ts'
import { upcastKey } from '../versions/version.ts'
import type { Version } from '../versions/version.ts'
import type { Queued } from './mailbox.ts'
import type { MessageStreams } from './streams/message-streams.ts'
import { ownTransferred } from './transferred-payload.ts'
import type { OwnedPayload } from './transferred-payload.ts'
import { unknownOperation } from '../protocol/unknown-operation.ts'

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
  /** The declared version that accepted it: a newer version may have to translate it. */
  origin = ''
  arrival = -1
  /** Whether payload and reply are values with the names of the transfer handlers that wrote them. */
  isWritten = false
  /** The items that it is given or yields one by one, if it is a call with any. */
  streams: MessageStreams | undefined
  /** Why the handler that made this call is not waited for. The call itself still is. */
  interruption: { readonly reason: unknown } | undefined
  trace: TraceContext | undefined
  #isAnswered = false
  #isFinished = false
  /** The version in which its operation was looked up last, and the number there. */
  #knownTo: Version | undefined
  #operation = READ_STATE
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

  /** Waits for a handler again, on an earlier state. */
  revive(): void {
    this.#isFinished = false
  }

  /** Whether it is handled once more after it has been answered. */
  get isReplay(): boolean {
    return false
  }

  /** How its operation is asked for, if not plainly. */
  protected get way(): OtherWay | undefined {
    return this.isWritten ? 'written' : undefined
  }

  /** Whether the next version goes on with it where `version` has stopped at an item. */
  isResumableIn(version: Version): boolean {
    return this.streams !== undefined && isResumable(version.contract, this.name)
  }

  /**
   * Whether it ends where it is, for an activation and the numbers of what is in flight: its handler has begun, or its
   * buffers have moved, and the next version does not go on with it.
   */
  staysIn(
    { version, cell }: { readonly version: Version; readonly cell: ProgressCell },
    { head, next }: { readonly head: number; readonly next: number },
  ): boolean {
    const { sequence } = this
    if (this.isResumableIn(version)) return false
    if (sequence === undefined || sequence < head || sequence >= next) return false
    return this.transfer !== undefined || sequence < unwrapSequence(cell.started, head)
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

  /** The same as {@link numberIn}, looked up at acceptance, and again only if the version has changed. */
  operationIn(version: Version, process: { readonly label: string }): number | MoultError {
    if (this.#knownTo === version) return this.#operation
    const number = this.numberIn(version, process)
    if (typeof number !== 'number') return number
    this.#knownTo = version
    this.#operation = number
    return number
  }

  /**
   * The number of its operation in a version, or why it has none. For a message of an older version it may be the number
   * of an upcast.
   */
  numberIn(version: Version, process: { readonly label: string }): number | MoultError {
    const { kind, name } = this
    if (kind === 'read-state') return READ_STATE
    const upcast = version.upcasts.size === 0 ? undefined : this.#upcastIn(version)
    const operation = version.operations.get(name)
    const number = upcast ?? (operation?.kind === kind ? operation.number : undefined)
    if (number === undefined) return unknownOperation(kind, name, version.contract, process.label)
    if (this.streams !== undefined) return this.streams.numberIn(version, number, name)
    const { way } = this
    return way === undefined ? number : numberInWay(number, way)
  }

  #upcastIn(version: Version): number | undefined {
    const { kind, name, origin: from } = this
    if (kind === 'read-state' || from === version.declared) return undefined
    return version.upcasts.get(upcastKey({ from, kind, name }))
  }

  /** A call that its handler makes: `tell` is called when the message is abandoned, until the result is called. */
  addInner(tell: (reason: unknown) => void): () => void {
    this.#inner ??= new Set()
    const inner = this.#inner.add(tell)
    return () => inner.delete(tell)
  }
}

/**
 * The payload as the mailbox keeps it. All but primitives are copied once, here: the sender may change its own value,
 * and an uncloneable one is refused before it is queued. Transferables leave the sender now.
 * @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to the value at fault.
 */
export function ownPayload(
  payload: unknown,
  transfer?: readonly Transferable[],
  owner?: DeclaringOwner,
): OwnedPayload {
  if (transfer !== undefined && transfer.length > 0) return ownTransferred(payload, transfer, owner)
  return { payload: isPrimitive(payload) ? payload : ownCopy(payload, 'payload', owner) }
}

/**
 * The payload that a handler has sent, as the mailbox keeps it. Of what only a version can read nothing is made here: no
 * copy would keep it.
 */
export function receivedPayload({ payload, prototypes }: Received): unknown {
  restorePrototypes(prototypes)
  if (prototypes === undefined || !needsDeclared(prototypes)) return ownPayload(payload).payload
  keepPrototypes(payload, prototypes)
  return payload
}

interface Received {
  readonly payload: unknown
  readonly prototypes?: Prototypes | undefined
}

function isPrimitive(value: unknown): boolean {
  return (
    (typeof value !== 'object' || value === null) &&
    typeof value !== 'function' &&
    typeof value !== 'symbol'
  )
}
