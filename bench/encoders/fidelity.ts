import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { graph, tree } from '../../test/src/protocol/bytes/cloneable.ts'
import type { Encoder } from './encoders.ts'

const buffer = new ArrayBuffer(16)
const cycle: Record<string, unknown> = {}
cycle['self'] = cycle
const shared = { deep: 1 }

/** What structured clone carries, one of each kind, and what must not come through in silence. */
const kinds: Readonly<Record<string, unknown>> = {
  'a cycle': cycle,
  'what is shared': { one: shared, other: shared },
  'a Map with objects as keys': new Map([[{ a: 1 }, 1]]),
  'a Set': new Set([1, 'a']),
  'a Date': new Date(5),
  'a RegExp': /a/giu,
  'a large BigInt': { big: 2n ** 200n },
  'a small BigInt': { big: 7n },
  'an Error with cause': new RangeError('a', { cause: new TypeError('b') }),
  'views on one buffer': { one: new Uint8Array(buffer), other: new Uint16Array(buffer, 2, 3) },
  undefined: { a: undefined, b: [undefined] },
  '-0': [-0],
  'a list with holes': [1, , 3], // eslint-disable-line no-sparse-arrays
  'boxed primitives': [Object(1), Object('a'), Object(true)],
  'a lone surrogate': ['\ud800'],
  'a key __proto__': JSON.parse('{"__proto__": 1}') as unknown,
  'an object with toJSON': { toJSON: undefined, a: 1 },
}
const refused: Readonly<Record<string, unknown>> = {
  'a function': { a: () => 1 },
  'a symbol': { a: Symbol('s') },
  'a promise': { a: Promise.resolve() },
  'a WeakMap': { a: new WeakMap() },
}

/** In what an encoder differs from structured clone. */
export function differencesOf(encoder: Encoder): string[] {
  const differs = Object.entries(kinds).filter(([, value]) => !carries(encoder, value))
  const accepts = Object.entries(refused).filter(([, value]) => accepted(encoder, value))
  const trees = fc.sample(fc.oneof(tree, graph), { numRuns: 500, seed: 7 })
  const failed = trees.filter((value) => !carries(encoder, value)).length
  return [
    ...differs.map(([kind]) => kind),
    ...accepts.map(([kind]) => `${kind} goes through in silence`),
    ...(failed > 0 ? [`${failed} of ${trees.length} random values`] : []),
  ]
}

function carries(encoder: Encoder, value: unknown): boolean {
  try {
    const [copy, expected] = [encoder.decode(encoder.encode(value)), structuredClone(value)]
    return isDeepStrictEqual(copy, expected) && sharing(copy) === sharing(expected)
  } catch {
    return false
  }
}

/** What equality cannot tell, of the values above. */
function sharing(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const { self, one, other } = value as Record<string, { readonly buffer?: unknown } | undefined>
  const isOne = one === other || (one?.buffer !== undefined && one.buffer === other?.buffer)
  return `${self === value} ${isOne} ${1 in value}`
}

function accepted(encoder: Encoder, value: unknown): boolean {
  try {
    encoder.encode(value)
    return true
  } catch {
    return false
  }
}
