import { randomInt } from 'node:crypto'

/** The tags that V8 writes before the number of shared memory, and before the number of a transferred buffer. */
const SHARED = 0x75
const ATTACHED = 0x74
/** From here on a number takes five bytes. */
const LOWEST = 2 ** 28
const HIGHEST = 2 ** 32 - 1

/**
 * The shared memory in a value that is being written, by number. V8's serialiser writes shared memory, but Node's
 * deserialiser does not know it. So the written tag is changed into that of a transferred buffer, which both know.
 * The numbers are random and long: their bytes are found only where they were written.
 */
export class SharedMemory {
  /** Made when it is needed: most values have none. */
  #numbers: Map<SharedArrayBuffer, number> | undefined

  get isEmpty(): boolean {
    return this.#numbers === undefined
  }

  number(memory: SharedArrayBuffer): number {
    this.#numbers ??= new Map()
    const known = this.#numbers.get(memory)
    if (known !== undefined) return known
    const number = randomInt(LOWEST, HIGHEST)
    this.#numbers.set(memory, number)
    return number
  }

  /** Changes the written tags. False when other bytes look the same: then the bytes are void. */
  settle(bytes: Uint8Array): boolean {
    if (this.#numbers === undefined) return true
    const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return [...this.#numbers.values()].every((number) => settleOne(written, number))
  }

  entries(): Iterable<[SharedArrayBuffer, number]> {
    return this.#numbers ?? []
  }
}

function settleOne(written: Buffer, number: number): boolean {
  const mark = Buffer.from([SHARED, ...varint(number)])
  const at = written.indexOf(mark)
  if (at < 0 || written.includes(mark, at + 1)) return false
  written[at] = ATTACHED
  return true
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(number: number): number[] {
  return [0, 7, 14, 21, 28].map((shift) => {
    const bits = Math.floor(number / 2 ** shift) % 128
    return shift < 28 ? bits + 128 : bits
  })
}
