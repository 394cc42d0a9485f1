import { Packr } from 'msgpackr'
import { deserialise, serialise } from '../../src/protocol/bytes/clone-bytes.ts'
import { pack, unpack } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'

/** From a value to something that can be posted without a copy, and back. */
export interface Encoder {
  readonly name: string
  encode(value: unknown): unknown
  decode(encoded: unknown): unknown
}

export const encoderNames = ['V8', 'V8, payload', 'msgpackr', 'JSON'] as const
export type EncoderName = (typeof encoderNames)[number]

/** With all that is said to make them carry what structured clone carries. */
const options = { structuredClone: true, moreTypes: true, useBigIntExtension: true } as const

export function encoderOf(name: EncoderName): Encoder {
  switch (name) {
    case 'V8':
      return { name, encode: serialise, decode: (bytes) => deserialise(bytes as Uint8Array) }
    case 'V8, payload':
      return {
        name,
        encode: (value) => pack(value),
        decode: (payload) => unpack(payload as Payload),
      }
    case 'msgpackr':
      return libraryOf(name, new Packr(options))
    case 'JSON':
      return {
        name,
        encode: (value) => JSON.stringify(value),
        decode: (text) => JSON.parse(text as string) as unknown,
      }
  }
}

interface Library {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

/** Their buffers are parts of larger ones, which they go on using: only a copy can be posted and moved. */
function libraryOf(name: EncoderName, library: Library): Encoder {
  return {
    name,
    encode: (value) => new Uint8Array(library.encode(value)),
    decode: (bytes) => library.decode(bytes as Uint8Array),
  }
}
