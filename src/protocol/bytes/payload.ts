import { types } from 'node:util'
import { Deserializer } from 'node:v8'
import type { Transferable } from 'node:worker_threads'
import type { CloneBytes } from './clone-bytes.ts'
import { write } from './payload-writer.ts'
import { isResizable, viewOf } from './views.ts'
import type { View } from './views.ts'

/** What is beside the bytes of a payload, by the number under which they know it: copies of large buffers, and memory that is shared. */
type Attachments = ReadonlyMap<number, ArrayBufferLike>

/** A value on its way to another thread, as bytes. Large buffers go beside them: they are copied once, and not written and read. */
export interface Payload {
  readonly bytes: CloneBytes
  /** Undefined when nothing is. */
  readonly attachments: Attachments | undefined
}

/** Where a copy of a buffer may be put: memory that lies ready is filled some times faster than new memory. */
export interface BufferSource {
  take(byteLength: number): ArrayBuffer | undefined
}

/**
 * Packs a value that stays what and where it is: its buffers are copied, for a value whose buffers moved
 * would be worthless to whoever has to go on with it. Shared memory is passed on.
 *
 * @throws what V8 throws for a value that is not data.
 */
export function pack(value: unknown, preallocated?: BufferSource): Payload {
  return packAll([value], preallocated)
}

/** The same of several values. What they share they still share when {@link unpackAll} has made them. */
export function packAll(values: readonly unknown[], preallocated?: BufferSource): Payload {
  return packed(values, (memory) => memory, preallocated)
}

/** Packs copies on which anything may be tried: memory that is shared is copied too. */
export function packDetached(values: readonly unknown[], preallocated?: BufferSource): Payload {
  return packed(values, copyOfShared, preallocated)
}

/** @throws what V8 throws for a value that is not data. */
export function provePackable(values: readonly unknown[]): void {
  write(values)
}

function packed(
  values: readonly unknown[],
  ofShared: (memory: SharedArrayBuffer) => SharedArrayBuffer,
  preallocated: BufferSource | undefined,
): Payload {
  const { bytes, buffers, shared } = write(values)
  if (buffers.length === 0 && shared.isEmpty) return { bytes, attachments: undefined }
  const attachments = new Map<number, ArrayBufferLike>()
  buffers.forEach((buffer, number) => attachments.set(number, copyOf(buffer, preallocated)))
  for (const [memory, number] of shared.entries()) attachments.set(number, ofShared(memory))
  return { bytes, attachments }
}

/** Makes the value, or the first of them. The buffers beside it become part of it: once only. */
export function unpack(payload: Payload): unknown {
  return unpackAll(payload, 1)[0]
}

/** Makes the first `count` values. */
export function unpackAll({ bytes, attachments }: Payload, count: number): unknown[] {
  const reader = new Reader(bytes)
  for (const [number, buffer] of attachments ?? []) {
    // Node takes shared memory here too; its type declarations do not say so.
    reader.transferArrayBuffer(number, buffer as ArrayBuffer)
  }
  reader.readHeader()
  return Array.from({ length: count }, (): unknown => reader.readValue())
}

/** What moves with a payload when it is posted. Shared memory does not move. */
export function movesWith({ bytes, attachments }: Payload): Transferable[] {
  return [...buffersIn(attachments), bytes.buffer]
}

/** Memory that is shared is not counted: it stays where it is. */
export function sizeOf({ bytes, attachments }: Payload): number {
  return buffersIn(attachments).reduce((sum, { byteLength }) => sum + byteLength, bytes.byteLength)
}

/** Without the memory that is shared. */
function buffersIn(attachments: Attachments | undefined): ArrayBuffer[] {
  if (attachments === undefined) return []
  return [...attachments.values()].filter((memory) => !types.isSharedArrayBuffer(memory))
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

function copyOf(buffer: ArrayBuffer, preallocated: BufferSource | undefined): ArrayBuffer {
  const ready = preallocated?.take(buffer.byteLength)
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
