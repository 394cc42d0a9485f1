import { setImmediate as turn } from 'node:timers/promises'
import { types } from 'node:util'
import type { Payload } from './payload.ts'

/** The most bytes that are copied in one turn: a fraction of a millisecond. */
const BYTES_A_TURN = 1024 * 1024

/**
 * A copy of a payload, made in turns: whatever its size, others are not kept waiting. Shared memory is that of the
 * original.
 */
export async function copyInTurns({ bytes, attachments }: Payload): Promise<Payload> {
  const copy = new Uint8Array(await copyOf(bytes))
  if (attachments === undefined) return { bytes: copy, attachments }
  const copies = new Map<number, ArrayBufferLike>()
  for (const [number, memory] of attachments) {
    const isShared = types.isSharedArrayBuffer(memory)
    copies.set(number, isShared ? memory : await copyOf(new Uint8Array(memory)))
  }
  return { bytes: copy, attachments: copies }
}

async function copyOf(bytes: Uint8Array): Promise<ArrayBuffer> {
  const { length } = bytes
  const copy = new Uint8Array(length)
  for (let at = 0; at < length; at += BYTES_A_TURN) {
    if (at > 0) await turn()
    copy.set(bytes.subarray(at, at + BYTES_A_TURN), at)
  }
  return copy.buffer
}
