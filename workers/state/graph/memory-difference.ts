import { isDetached } from '../../../src/protocol/bytes/field-fault.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import { Step } from './slice.ts'

/** So many bytes (bytes) go over at once: some microseconds. */
const PART = 32 * 1024
/** So many are looked at in the time of one object. */
const A_STEP = 512

/** Whether memory has the bytes that it was kept with. */
export function isSameMemory(memory: ArrayBuffer, shadow: Uint8Array): boolean {
  if (memory.byteLength !== shadow.byteLength) return false
  return shadow.byteLength === 0 || Buffer.from(memory).equals(shadow)
}

/** Writes the parts of memory that have changed. */
export function* writeMemory(
  number: number,
  memory: ArrayBuffer,
  shadow: Uint8Array,
  out: DifferenceWriter,
): Generator<void, void> {
  for (let at = 0; at < shadow.length; at += PART) {
    if (isDetached(memory)) throw lost(memory)
    const part = new Uint8Array(memory, at, Math.min(PART, shadow.length - at))
    out.spent += part.length / A_STEP
    if (!Buffer.from(memory, at, part.length).equals(shadow.subarray(at, at + part.length))) {
      out.slice.steps.push(Step.Bytes, number, at)
      out.slice.values.push(part.slice())
      shadow.set(part, at)
    }
    if (out.isDue) yield
  }
}
