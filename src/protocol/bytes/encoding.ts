import { types } from 'node:util'
import { cloneError } from './clone-error.ts'
import { CodecFault } from './declared.ts'
import type { Declared } from './declared.ts'
import type { Destination } from './destination.ts'
import { INEXACT, examine } from './examine.ts'
import type { Found } from './examine.ts'
import { kindOf } from './object-kind.ts'
import { joined } from './prototypes.ts'
import type { Prototypes } from './prototypes.ts'

type Fields = Record<string, unknown>

interface EncodedValue {
  readonly value: unknown
  readonly prototypes: Prototypes
}

/**
 * A copy of a value in which codecs have written what is theirs, and what has to go beside it. The value stays as it is:
 * it may be frozen, and others may go through its Maps.
 *
 * @throws CodecFault
 */
export function encoded(value: unknown, found: Found, destination: Destination): EncodedValue {
  const { coded = new Map<object, string>(), ...prototypes } = found
  return new Encoding(coded, destination).of(value, prototypes)
}

class Encoding {
  readonly #coded: ReadonlyMap<object, string>
  readonly #declared: Declared | undefined
  /** Where the data of codecs goes, which has none of their values in it. */
  readonly #destination: Destination
  readonly #copies = new Map<object, object>()
  readonly #places = new Map<object, object>()
  readonly #data: unknown[] = []
  readonly #holders = new Set<object>()
  readonly #ofData: Prototypes[] = []

  constructor(coded: ReadonlyMap<object, string>, destination: Destination) {
    this.#coded = coded
    this.#declared = destination.declared
    this.#destination = { ...destination, declared: destination.declared?.withoutCodecs }
  }

  of(value: unknown, found: Prototypes): EncodedValue {
    const sent = this.#copyOf(value)
    // It grows while it is gone through.
    for (const [source, copy] of this.#copies) this.#fill(source, copy)
    const codecs = Array.from(this.#places.keys(), (each) => this.#coded.get(each) ?? '')
    const places = [...this.#places.values()]
    const encoded = { codecs, places, data: this.#data, holders: [...this.#holders] }
    const { buffers, bare, instances } = joined([this.#ofCopies(found), ...this.#ofData])
    return { value: sent, prototypes: { buffers, bare, instances, encoded } }
  }

  #ofCopies({ buffers, bare, instances = [] }: Prototypes): Prototypes {
    const copyOf = (each: object): object => this.#copies.get(each) ?? each
    const copied = instances.map(({ name, objects }) => ({ name, objects: objects.map(copyOf) }))
    return { buffers, bare: bare.map(copyOf), instances: copied }
  }

  /** What stands for a value in an object. */
  #refer(value: unknown, holder: object): unknown {
    if (isObject(value) && this.#coded.has(value)) this.#holders.add(holder)
    return this.#copyOf(value)
  }

  #copyOf(value: unknown): unknown {
    if (!isObject(value)) return value
    if (this.#coded.has(value)) return this.#placeOf(value)
    const known = this.#copies.get(value)
    if (known !== undefined) return known
    const copy = this.#emptyCopy(value)
    if (copy !== value) this.#copies.set(value, copy)
    return copy
  }

  #placeOf(value: object): object {
    const known = this.#places.get(value)
    if (known !== undefined) return known
    const place = {}
    this.#places.set(value, place)
    this.#data.push(this.#encode(this.#coded.get(value) ?? '', value))
    return place
  }

  #encode(codec: string, value: object): unknown {
    const data = this.#declared?.encode(codec, value)
    const fail = (reason: string, cause?: unknown): never => {
      throw new CodecFault(codec, 'encode', value, `returned ${reason}`, cause)
    }
    if (data === undefined) return fail('undefined: is a return missing?')
    const found = examine(data, this.#destination)
    if (found === INEXACT) {
      const root = 'its result'
      const error = cloneError('CODEC_FAILED', data, root, undefined, this.#destination)
      return fail(`what is no data: ${error.message}`, error)
    }
    if (found !== undefined) this.#ofData.push(found)
    return data
  }

  /** What is not gone into goes as it is. */
  #emptyCopy(value: object): object {
    switch (kindOf(value)) {
      case 'record':
      case 'bare':
        return {}
      case 'list':
        return new Array<unknown>((value as unknown[]).length)
      case 'map':
        return new Map()
      case 'set':
        return new Set()
      case 'error':
        return isObject((value as Error).cause) ? emptyError(value as Error) : value
      case 'other':
        return this.#declared?.classOf(value) === undefined ? value : {}
      default:
        return value
    }
  }

  #fill(source: object, copy: object): void {
    if (types.isMap(copy)) {
      Map.prototype.forEach.call(source, (value, key) => {
        copy.set(this.#refer(key, copy), this.#refer(value, copy))
      })
    } else if (types.isSet(copy)) {
      Set.prototype.forEach.call(source, (value) => copy.add(this.#refer(value, copy)))
    } else if (types.isNativeError(copy)) {
      setField(copy, 'cause', this.#refer((source as Error).cause, copy), false)
    } else {
      for (const key of Object.keys(source)) {
        setField(copy, key, this.#refer((source as Fields)[key], copy))
      }
    }
  }
}

/** All that structured clone carries of an error, but for its cause. */
function emptyError(source: Error): Error {
  const copy = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(source) as object) as Error
  if (Object.hasOwn(source, 'message')) setField(copy, 'message', source.message, false)
  setField(copy, 'stack', source.stack, false)
  return copy
}

/** Assigned, `__proto__` would be no field. */
function setField(object: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
