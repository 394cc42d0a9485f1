import { NEXT_VERSION } from '../../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../../src/protocol/bytes/destination.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import { viewOf } from '../../../src/protocol/bytes/views.ts'
import type { SliceTarget } from '../../tables/slice-receiver.ts'
import { packCopy } from '../state-bytes.ts'
import { unpackSlice } from './slice-bytes.ts'
import { HOLE, Make, PRIMITIVE, Step } from './slice.ts'
import type { GraphSlice } from './slice.ts'

type Fields = Record<string, unknown>

/** Objects of one page: lists that grow are copied, so they are kept short. */
const PAGE_BITS = 12
const IN_PAGE = 2 ** PAGE_BITS - 1

/** A copy of a graph, built and changed slice by slice. Slices are to come in their order, each once. */
export class GraphTarget implements SliceTarget {
  readonly #pages: unknown[][] = []
  #size = 0
  readonly #shapes: (readonly string[])[] = []
  #root: unknown
  #steps = new Int32Array()
  #values: readonly unknown[] = []
  #at = 0
  #valueAt = 0
  /** Where its copies go, with what is declared here. */
  readonly #destination: Destination
  /** Instances of declared classes, which are plain objects until all fields are there. */
  readonly #plain: { readonly object: object; readonly prototype: object }[] = []
  #hasInstances = false

  constructor(destination = NEXT_VERSION) {
    this.#destination = destination
  }

  /** What the original began with. Behind the slice of all that has changed it is like the original. */
  get root(): unknown {
    for (const { object, prototype } of this.#plain.splice(0))
      Object.setPrototypeOf(object, prototype)
    return this.#root
  }

  receive(payload: Payload): void {
    this.apply(unpackSlice(payload))
  }

  copy(): Payload {
    return packCopy(this.root, 'whole', this.#destination)
  }

  apply({ made, leaves, steps, values }: GraphSlice): void {
    this.#make(made, leaves)
    this.#steps = steps as Int32Array<ArrayBuffer>
    this.#values = values
    this.#at = 0
    this.#valueAt = 0
    while (this.#at < steps.length) this.#step(this.#next())
    this.#values = []
  }

  #make(made: Int32Array, leaves: readonly unknown[]): void {
    let leaf = 0
    for (let at = 0; at < made.length;) {
      const kind = made[at++]
      if (kind === Make.Leaf) this.#add(leaves[leaf++])
      else if (kind === Make.Instance) this.#add(this.#instance(leaves[leaf++] as string))
      else if (kind === Make.Memory) this.#add(new ArrayBuffer(made[at++] as number))
      else if (kind === Make.View) {
        this.#add(this.#viewOf(made, at))
        at += 5
      } else this.#add(emptyOf(kind as Make))
    }
  }

  /** @throws RangeError for a class that is not declared here: the whole state tells where there is one. */
  #instance(name: string): object {
    const prototype = this.#destination.declared?.prototypeOf(name)
    if (prototype === undefined) throw new RangeError(`there is no class ${name}`)
    const object = {}
    this.#plain.push({ object, prototype })
    this.#hasInstances = true
    return object
  }

  #viewOf(made: Int32Array, at: number): unknown {
    const [kind = 0, memory = 0, offset = 0, length = 0, isBuffer] = made.subarray(at, at + 5)
    const buffer = this.#objectAt(memory) as ArrayBufferLike
    const view = viewOf({ kind, buffer, offset, length })
    if (isBuffer === 1) Object.setPrototypeOf(view, Buffer.prototype as object)
    return view
  }

  #add(object: unknown): void {
    if ((this.#size & IN_PAGE) === 0) this.#pages.push([])
    this.#pages.at(-1)?.push(object)
    this.#size++
  }

  #objectAt(number: number): unknown {
    return this.#pages[number >> PAGE_BITS]?.[number & IN_PAGE]
  }

  #next(): number {
    return this.#steps[this.#at++] as number
  }

  #object<Kind>(): Kind {
    return this.#objectAt(this.#next()) as Kind
  }

  #value(): unknown {
    return this.#values[this.#valueAt++]
  }

  #ref(): unknown {
    const number = this.#next()
    return number === PRIMITIVE ? this.#value() : this.#objectAt(number)
  }

  #step(step: number): void {
    switch (step as Step) {
      case Step.Fill:
        return this.#fill(this.#object(), this.#shape())
      case Step.Field:
        return this.#setField(this.#object(), this.#shape())
      case Step.Span:
        return this.#span(this.#object(), this.#next(), this.#next())
      case Step.Entry:
        this.#object<Map<unknown, unknown>>().set(this.#ref(), this.#ref())
        return
      case Step.Member:
        this.#object<Set<unknown>>().add(this.#ref())
        return
      case Step.Delete:
        this.#object<Set<unknown>>().delete(this.#ref())
        return
      case Step.Put:
        return setField(this.#object(), this.#value() as string, this.#ref())
      case Step.Drop:
        Reflect.deleteProperty(this.#object(), this.#value() as string)
        return
      default:
        return this.#seldom(step as Step)
    }
  }

  #seldom(step: Step): void {
    switch (step) {
      case Step.Shape:
        this.#shapes.push(Array.from({ length: this.#next() }, () => this.#value() as string))
        return
      case Step.Clear:
        return clear(this.#object(), this.#shape())
      case Step.Splice:
        return this.#splice(this.#object(), this.#next(), this.#next(), this.#next())
      case Step.Length:
        this.#object<unknown[]>().length = this.#next()
        return
      case Step.Time:
        this.#object<Date>().setTime(this.#value() as number)
        return
      case Step.Bytes:
        return setBytes(this.#object(), this.#next(), this.#value() as Uint8Array)
      case Step.Forget:
        return this.#forget(this.#next())
      case Step.Root:
        this.#root = this.#ref()
        return
      default:
        throw new RangeError(`there is no step ${step}`)
    }
  }

  #shape(): readonly string[] {
    return this.#shapes[this.#next()] ?? []
  }

  #fill(record: Fields, keys: readonly string[]): void {
    for (const key of keys) this.#put(record, key, this.#ref())
  }

  #setField(record: Fields, keys: readonly string[]): void {
    this.#put(record, keys[this.#next()] ?? '', this.#ref())
  }

  /** Assigned to an instance, a field could be given to a setter of its class. */
  #put(record: Fields, key: string, value: unknown): void {
    if (this.#hasInstances && key in record) defineField(record, key, value)
    else setField(record, key, value)
  }

  #span(list: unknown[], from: number, count: number): void {
    for (let at = from; at < from + count; at++) {
      if (this.#steps[this.#at] === HOLE) {
        this.#at++
        makeHole(list, at)
      } else list[at] = this.#ref()
    }
  }

  #splice(list: unknown[], at: number, removed: number, inserted: number): void {
    list.splice(at, removed, ...Array<undefined>(inserted).fill(undefined))
  }

  #forget(number: number): void {
    const page = this.#pages[number >> PAGE_BITS]
    if (page !== undefined) page[number & IN_PAGE] = undefined
  }
}

function emptyOf(kind: Make): unknown {
  switch (kind) {
    case Make.Bare:
      return Object.create(null)
    case Make.List:
      return []
    case Make.Map:
      return new Map()
    case Make.Set:
      return new Set()
    default:
      return {}
  }
}

function setField(record: Fields, key: string, value: unknown): void {
  // Assigned, it would set the prototype.
  if (key === '__proto__') defineField(record, key, value)
  else record[key] = value
}

function defineField(record: Fields, key: string, value: unknown): void {
  const field = { value, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(record, key, field)
}

/** From behind: V8 keeps the layout of an object that loses its last field. */
function clear(record: Fields, keys: readonly string[]): void {
  for (let at = keys.length - 1; at >= 0; at--) Reflect.deleteProperty(record, keys[at] as string)
}

function makeHole(list: unknown[], at: number): void {
  if (at >= list.length) list.length = at + 1
  else Reflect.deleteProperty(list, at)
}

function setBytes(memory: ArrayBuffer, at: number, bytes: Uint8Array): void {
  new Uint8Array(memory).set(bytes, at)
}
