import { types } from 'node:util'
import { Deserializer } from 'node:v8'
import type { Transferable } from 'node:worker_threads'
import { buffersIn } from './attachments.ts'
import type { Beside } from './attachments.ts'
import type { CloneBytes } from './clone-bytes.ts'
import { write } from './payload-writer.ts'
import type { Written } from './payload-writer.ts'
import type { Consignment } from './consignment.ts'
import { isResizable, viewOf } from './views.ts'
import type { View } from './views.ts'

/** A value on its way to another thread, as bytes. Large buffers go beside them, and are not written and read. */
export interface Cargo {
  readonly bytes: CloneBytes
  /** Undefined when nothing is, or when it moves. */
  readonly beside: Beside | undefined
  /** What is beside the bytes where it moves: taken out before the cargo is unpacked. */
  readonly consignment?: Consignment
}

/** Where a copy of a buffer may be put: memory that lies ready is filled some times faster than new memory. */
export interface Room {
  take(byteLength: number): ArrayBuffer | undefined
}

/**
 * Packs a value that stays what and where it is: its buffers are copied, for a value whose buffers moved
 * would be worthless to whoever has to go on with it. Shared memory is passed on.
 *
 * @throws what V8 throws for a value that is not data.
 */
export function pack(value: unknown, room?: Room): Cargo {
  return packAll([value], room)
}

/** The same of several values. What they share they still share when {@link unpackAll} has made them. */
export function packAll(values: readonly unknown[], room?: Room): Cargo {
  return packWritten(write(values), room)
}

/** The same of values that have been written. */
export function packWritten(written: Written, room?: Room): Cargo {
  const { bytes, beside } = originals(written)
  return { bytes, beside: beside && copied(beside, room) }
}

/** Packs values that are given up: beside them are their own buffers, which the one who packs has yet to send. */
export function packOriginals(values: readonly unknown[]): Cargo {
  return originals(write(values))
}

/** Packs copies on which anything may be tried: memory that is shared is copied too. */
export function packTrial(values: readonly unknown[], room?: Room): Cargo {
  const { bytes, beside } = originals(write(values))
  return { bytes, beside: beside && copied(beside, room, copyOfShared) }
}

/** @throws what V8 throws for a value that is not data. */
export function provePackable(values: readonly unknown[]): void {
  write(values)
}

function originals({ bytes, buffers, shared }: Written): Cargo {
  if (buffers.length === 0 && shared.isEmpty) return { bytes, beside: undefined }
  const beside = new Map<number, ArrayBufferLike>(buffers.entries())
  for (const [memory, number] of shared.entries()) beside.set(number, memory)
  return { bytes, beside }
}

/** Copies of buffers, and the memory that is shared as it is. */
export function copied(
  beside: Beside,
  room: Room | undefined,
  ofShared: (memory: SharedArrayBuffer) => SharedArrayBuffer = (memory) => memory,
): Beside {
  const copyOne = (memory: ArrayBufferLike): ArrayBufferLike =>
    types.isSharedArrayBuffer(memory) ? ofShared(memory) : copyOf(memory, room)
  return new Map(Array.from(beside, ([number, memory]) => [number, copyOne(memory)] as const))
}

/** Makes the value, or the first of them. The buffers beside it become part of it: once only. */
export function unpack(cargo: Cargo): unknown {
  return unpackAll(cargo, 1)[0]
}

/** Makes the first `count` values. */
export function unpackAll({ bytes, beside }: Cargo, count: number): unknown[] {
  const reader = new Reader(bytes)
  for (const [number, buffer] of beside ?? []) {
    // Node takes shared memory here too; its type declarations do not say so.
    reader.transferArrayBuffer(number, buffer as ArrayBuffer)
  }
  reader.readHeader()
  return Array.from({ length: count }, (): unknown => reader.readValue())
}

/** A cargo without what else the message says that it came in. */
export function bareCargo({ bytes, beside, consignment }: Cargo): Cargo {
  return { bytes, beside, ...(consignment && { consignment }) }
}

/** What moves with a cargo when it is posted. Shared memory does not move. */
export function movesWith({ bytes, beside, consignment }: Cargo): Transferable[] {
  const moves: Transferable[] = beside === undefined ? [] : buffersIn(beside)
  if (consignment !== undefined) moves.push(consignment.port)
  moves.push(bytes.buffer)
  return moves
}

/** Memory that is shared is not counted: it stays where it is. */
export function sizeOf({ bytes, beside, consignment }: Cargo): number {
  const inBytes = bytes.byteLength + (consignment?.bytes ?? 0)
  const buffers = beside === undefined ? [] : buffersIn(beside)
  return buffers.reduce((sum, { byteLength }) => sum + byteLength, inBytes)
}

class Reader extends Deserializer {
  /** The counterpart of `_writeHostObject`. */
  _readHostObject(): View {
    const kind = this.readUint32()
    const offset = this.readDouble()
    const length = this.readDouble()
    return viewOf({ kind, offset, length, buffer: this.readValue() as ArrayBufferLike })
  }
}

function copyOf(buffer: ArrayBuffer, room: Room | undefined): ArrayBuffer {
  const ready = room?.take(buffer.byteLength)
  if (ready === undefined) return buffer.slice(0)
  new Uint8Array(ready).set(new Uint8Array(buffer))
  return ready
}

function copyOfShared(memory: SharedArrayBuffer): SharedArrayBuffer {
  const { byteLength } = memory
  const { maxByteLength } = memory as { readonly maxByteLength?: number }
  const Shared = SharedArrayBuffer as new (
    byteLength: number,
    options?: { readonly maxByteLength: number | undefined },
  ) => SharedArrayBuffer
  const copy = isResizable(memory)
    ? new Shared(byteLength, { maxByteLength })
    : new Shared(byteLength)
  new Uint8Array(copy).set(new Uint8Array(memory, 0, byteLength))
  return copy
}
