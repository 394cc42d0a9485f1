import fc from 'fast-check'
import { Declared } from '../../../../src/protocol/bytes/declared.ts'

/** Has fields of every kind, and a getter of its class. */
export class Node {
  next: unknown
  list: unknown[] = []

  get size(): number {
    return this.list.length
  }
}

/** Extends a declared class, and is declared itself. */
export class Leaf extends Node {
  readonly name = 'leaf'
}

/** What only a codec carries: nothing of it can be seen. */
export class Secret {
  readonly #code: number

  constructor(code: number) {
    this.#code = code
  }

  get code(): number {
    return this.#code
  }
}

const secret = {
  is: (value: unknown) => value instanceof Secret,
  encode: (value: unknown) => ({ code: (value as Secret).code, bytes: Buffer.from([1]) }),
  decode: (data: unknown) => {
    const { code, bytes } = data as { readonly code: number; readonly bytes: unknown }
    if (!Buffer.isBuffer(bytes)) throw new TypeError('the data of a codec has changed')
    return new Secret(code)
  },
}

export const declared = new Declared('1.0.0', { Node, Leaf }, { secret })

const kinds = [
  'node',
  'leaf',
  'secret',
  'record',
  'bare',
  'list',
  'map',
  'set',
  'buffer',
  'date',
  'error',
  'number',
] as const

type Kind = (typeof kinds)[number]

/** How a graph is made: its objects, and which of them holds which. */
export interface Plan {
  readonly kinds: readonly Kind[]
  readonly edges: readonly (readonly [from: number, to: number])[]
}

const few = fc.nat({ max: 11 })

/** Graphs with cycles, with what is shared, and with declared values anywhere. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  kinds: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 12 }),
  edges: fc.array(fc.tuple(few, few), { maxLength: 40 }),
})

/** The graph of a plan; it begins with its first object. */
export function graphOf({ kinds: all, edges }: Plan): unknown {
  const made = all.map((kind, at) => make(kind, at))
  edges.forEach(([from, to], at) => {
    if (from < made.length && to < made.length) link(made[from], made[to], at)
  })
  return made[0]
}

function make(kind: Kind, at: number): unknown {
  switch (kind) {
    case 'node':
      return new Node()
    case 'leaf':
      return new Leaf()
    case 'secret':
      return new Secret(at)
    case 'record':
      return { at }
    case 'bare':
      return Object.assign(Object.create(null) as object, { at })
    case 'list':
      return withHole(at)
    case 'map':
      return new Map([[at, at]])
    case 'set':
      return new Set([at])
    case 'buffer':
      return Buffer.from([at])
    case 'date':
      return new Date(at)
    case 'error':
      return Object.assign(new RangeError(String(at)), { stack: `RangeError: ${at}` })
    case 'number':
      return at
  }
}

function withHole(last: unknown): unknown[] {
  const list = new Array<unknown>(2)
  list[1] = last
  return list
}

function link(from: unknown, to: unknown, at: number): void {
  if (from instanceof Node) {
    if (at % 2 === 0) from.next = to
    else from.list.push(to)
  } else if (Array.isArray(from)) from.push(to)
  else if (from instanceof Map) from.set(at % 2 === 0 ? to : `key ${at}`, at % 2 === 0 ? at : to)
  else if (from instanceof Set) from.add(to)
  // What leads back to an error from its cause V8 cannot read.
  else if (from instanceof Error) {
    if (to instanceof Secret) from.cause = to
  } else if (isRecord(from)) from[at % 5 === 0 ? '__proto__ ' : `field ${at}`] = to
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Where two graphs differ: in classes, in what is in them, or in who is who. Undefined where they are alike. */
export function difference(was: unknown, is: unknown): string | undefined {
  const pairs = new Map<unknown, unknown>()
  const back = new Map<unknown, unknown>()
  const queue: (readonly [unknown, unknown, string])[] = [[was, is, 'value']]
  for (const [one, other, path] of queue) {
    if (typeof one !== 'object' || one === null) {
      if (!Object.is(one, other)) return path
      continue
    }
    if (pairs.has(one) || back.has(other)) {
      if (pairs.get(one) !== other || back.get(other) !== one) return `${path} is another one`
      continue
    }
    pairs.set(one, other)
    back.set(other, one)
    if (typeof other !== 'object' || other === null || one === other) return path
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return `the class of ${path}`
    const [parts, others] = [partsOf(one), partsOf(other)]
    if (parts.length !== others.length) return `how much is in ${path}`
    parts.forEach((part, at) => queue.push([part, others[at], `${path}/${at}`]))
  }
  return undefined
}

function partsOf(object: object): readonly unknown[] {
  if (object instanceof Map) return [...object].flat(1) as unknown[]
  if (object instanceof Set) return [...object]
  if (object instanceof Secret) return [object.code]
  if (object instanceof Date) return [object.getTime()]
  if (Buffer.isBuffer(object)) return [...object]
  if (object instanceof Error) return [object.message, object.stack, object.cause]
  return Reflect.ownKeys(object).flatMap((key): unknown[] => [key, Reflect.get(object, key)])
}
