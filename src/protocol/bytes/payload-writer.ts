import { types } from 'node:util'
import { Serializer } from 'node:v8'
import type { CloneBytes } from './clone-bytes.ts'
import { SharedMemory } from './shared-memory.ts'
import { isResizable, partsOf } from './views.ts'
import type { View } from './views.ts'

/** From this size on (bytes) a buffer is an attachment. A smaller one costs less to write and read than to post. */
export const ATTACHMENT_BYTES = 64 * 1024
/** After this many views of smaller buffers V8 writes the rest, which is faster. */
const SMALL_VIEWS = 1_000

/** The documented methods of Node's serialiser that its type declarations lack. */
interface Hooks {
  _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void
}

/** Thrown through V8 to begin again, with all views left to V8. */
const LEFT_TO_V8 = new Error('views are left to V8')

/** Written values and their attachments. */
interface Written {
  readonly bytes: CloneBytes
  /** A buffer's number is its index. */
  readonly buffers: readonly ArrayBuffer[]
  readonly shared: SharedMemory
}

/** Writes as V8 does, except for large buffers: only their numbers are written. */
export function write(values: readonly unknown[]): Written {
  for (;;) {
    const written = writeOnce(values)
    if (written.shared.settle(written.bytes)) return written
  }
}

function writeOnce(values: readonly unknown[]): Written {
  const writer = new Writer([], true)
  try {
    return writer.write(values)
  } catch (error) {
    if (error !== LEFT_TO_V8) throw error
    return new Writer(writer.buffers, false).write(values)
  }
}

/**
 * Writes many small values into one piece, to be read as a whole: making a serialiser for each costs more than writing.
 */
export class BatchWriter {
  readonly #writer = new Writer([], true)
  #isWhole = true

  constructor() {
    this.#writer.writeHeader()
  }

  /** False when a value is not data or would have attachments. Then the whole batch is void. */
  add(values: readonly unknown[]): boolean {
    try {
      for (const value of values) this.#writer.writeValue(value)
      if (this.#writer.hasAttachments) this.#isWhole = false
    } catch {
      this.#isWhole = false
    }
    return this.#isWhole
  }

  finish(): CloneBytes {
    return this.#writer.releaseBuffer() as Uint8Array as CloneBytes
  }
}

class Writer extends Serializer {
  readonly buffers: ArrayBuffer[] = []
  readonly #shared = new SharedMemory()
  /** Made when it is needed. */
  #numbered: Set<ArrayBufferLike> | undefined
  #smallViews = 0

  constructor(known: readonly ArrayBuffer[], looksAtViews: boolean) {
    super()
    for (const buffer of known) this.#number(buffer)
    this.#lookAtViews(looksAtViews)
  }

  /** Whether there are attachments. */
  get hasAttachments(): boolean {
    return this.buffers.length > 0 || !this.#shared.isEmpty
  }

  write(values: readonly unknown[]): Written {
    this.writeHeader()
    for (const value of values) this.writeValue(value)
    const bytes = this.releaseBuffer() as Uint8Array as CloneBytes
    return { bytes, buffers: this.buffers, shared: this.#shared }
  }

  /** V8 calls this for each view: so buffers are found without a search of our own. */
  _writeHostObject(object: object): void {
    if (!ArrayBuffer.isView(object)) {
      throw new TypeError(`${Object.prototype.toString.call(object)} is not data`)
    }
    const { kind, buffer, offset, length } = partsOf(object as View)
    // Only V8 knows whether such a view follows the size of its buffer.
    if (kind < 0 || isResizable(buffer)) throw LEFT_TO_V8
    this.#find(buffer)
    this.writeUint32(kind)
    this.writeDouble(offset)
    this.writeDouble(length)
    this.writeValue(buffer)
  }

  _getSharedArrayBufferId(memory: SharedArrayBuffer): number {
    return this.#shared.number(memory)
  }

  #find(buffer: ArrayBufferLike): void {
    if (buffer.byteLength < ATTACHMENT_BYTES) {
      if (++this.#smallViews === SMALL_VIEWS) this.#lookAtViews(false)
    } else if (!types.isSharedArrayBuffer(buffer) && this.#numbered?.has(buffer) !== true) {
      this.#number(buffer)
    }
  }

  #number(buffer: ArrayBuffer): void {
    this.#numbered ??= new Set()
    this.#numbered.add(buffer)
    this.transferArrayBuffer(this.buffers.push(buffer) - 1, buffer)
  }

  #lookAtViews(flag: boolean): void {
    ;(this as unknown as Hooks)._setTreatArrayBufferViewsAsHostObjects(flag)
  }
}
