import { types } from 'node:util'
import { Deserializer } from 'node:v8'
import type { Transferable } from 'node:worker_threads'
import type { CloneBytes } from './clone-bytes.ts'
import { write } from './payload-writer.ts'
import { isResizable, viewOf } from './views.ts'
import type { View } from './views.ts'

/** The attachments of a payload, by their numbers in its bytes: copies of large buffers, and shared memory. */
type Attachments = ReadonlyMap<number, ArrayBufferLike>

/** A value on its way to another thread, as bytes. Large buffers are attachments: copied once, not written and read. */
export interface Payload {
  readonly bytes: CloneBytes
  /** Undefined when there are none. */
  readonly attachments: Attachments | undefined
}

/** Preallocated memory for copies of buffers: it is filled several times faster than new memory. */
export interface BufferSource {
  take(byteLength: number): ArrayBuffer | undefined
}

/**
 * Packs a copy of a value, which stays usable: its buffers are copied, not moved. Shared memory is passed on.
 *
 * @throws what V8 throws for a value that is not data.
 */
export function pack(value: unknown, preallocated?: BufferSource): Payload {
  return packAll([value], preallocated)
}

/** Packs several values. Objects that they share are still shared after {@link unpackAll}. */
export function packAll(values: readonly unknown[], preallocated?: BufferSource): Payload {
  return packed(values, (memory) => memory, preallocated)
}

/** Packs copies that may be changed freely: shared memory is copied too. */
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

/** Unpacks the value, or the first of several. Once only: the attachments become part of it. */
export function unpack(payload: Payload): unknown {
  return unpackAll(payload, 1)[0]
}

/** Unpacks the first `count` values. */
export function unpackAll({ bytes, attachments }: Payload, count: number): unknown[] {
  const reader = new Reader(bytes)
  for (const [number, buffer] of attachments ?? []) {
    // Node takes shared memory here too; its type declarations do not say so.
    reader.transferArrayBuffer(number, buffer as ArrayBuffer)
  }
  reader.readHeader()
  return Array.from({ length: count }, (): unknown => reader.readValue())
}

/** Another payload of the same value, to be unpacked beside it. Shared memory is copied too. */
export function duplicate({ bytes, attachments }: Payload): Payload {
  if (attachments === undefined) return { bytes, attachments }
  const copies = new Map<number, ArrayBufferLike>()
  for (const [number, memory] of attachments) {
    copies.set(number, isShared(memory) ? copyOfShared(memory) : memory.slice(0))
  }
  return { bytes, attachments: copies }
}

/** The buffers to transfer when a payload is posted. Shared memory is not transferred. */
export function movesWith({ bytes, attachments }: Payload): Transferable[] {
  return [...buffersIn(attachments), bytes.buffer]
}

/** The size in bytes, without shared memory, which stays where it is. */
export function sizeOf({ bytes, attachments }: Payload): number {
  return buffersIn(attachments).reduce((sum, { byteLength }) => sum + byteLength, bytes.byteLength)
}

/** The attachments without shared memory. */
function buffersIn(attachments: Attachments | undefined): ArrayBuffer[] {
  if (attachments === undefined) return []
  return [...attachments.values()].filter((memory) => !isShared(memory))
}

function isShared(memory: ArrayBufferLike): memory is SharedArrayBuffer {
  return types.isSharedArrayBuffer(memory)
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
