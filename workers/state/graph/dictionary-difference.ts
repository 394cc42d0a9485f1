import { isIndex } from '../../../src/protocol/bytes/field-fault.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import { fault, valueOf } from './record-difference.ts'
import type { Fields } from './record-difference.ts'
import { Step } from './slice.ts'

/** So many keys are listed in the time in which one object is looked at. */
const LISTED_PER_STEP = 4
/**
 * Where no key had come or gone, so many rounds go by the keys that were there: messages wait while they are listed. The
 * last look lists them anyway.
 */
const UNLISTED_ROUNDS = 3

/** What is kept of a record of many fields. */
export class KeptFields {
  /** It orders its keys as the record does. */
  readonly values = Object.create(null) as Fields
  /** Its keys, in order; undefined where some have come or gone since they were listed. */
  keys: readonly string[] | undefined
  /** Those of the record, listed a moment ago: no handler has run since. */
  fresh: readonly string[] | undefined
  /** How many rounds more do without a list. */
  #unlisted = 0

  /** Takes the keys that were listed a moment ago, or lists them, or takes them for what they were. */
  keysOf(record: object): readonly string[] {
    const keys = this.fresh ?? this.#listed(record)
    this.fresh = undefined
    return keys
  }

  #listed(record: object): readonly string[] {
    if (this.keys !== undefined && this.#unlisted-- > 0) return this.keys
    return listed(record)
  }

  /** It has been gone through by these keys. */
  end(keys: readonly string[], hasAll: boolean): void {
    const isAsBefore = this.keys !== undefined && hasAll
    if (isAsBefore && this.keys !== keys) this.#unlisted = UNLISTED_ROUNDS
    this.keys = hasAll ? keys : undefined
  }
}

/**
 * All keys of a record of many fields, hidden ones too: to list them takes most of the time that it takes to compare
 * it, so it is done once. @throws NotCarried for a symbol
 */
function listed(record: object): readonly string[] {
  const keys = Reflect.ownKeys(record)
  // They come behind the names.
  if (typeof keys.at(-1) === 'symbol') throw fault(record)
  return keys as string[]
}

/** Whether a record of many fields is as it was kept. @throws NotCarried where it has what is no data. */
export function isSameDictionary(record: object, kept: KeptFields): boolean {
  const { keys, values } = kept
  const now = listed(record)
  kept.fresh = now
  if (keys?.length !== now.length) return false
  for (let at = 0; at < now.length; at++) {
    const key = now[at] as string
    if (key !== keys[at] || !Object.is(fieldOf(record, key), values[key])) return false
  }
  kept.fresh = undefined
  return true
}

/** The value of one of the keys that were listed. */
function fieldOf(record: object, key: string): unknown {
  if (!isEnumerable.call(record, key)) throw fault(record)
  return valueOf(record, key)
}

const { propertyIsEnumerable: isEnumerable } = Object.prototype as {
  propertyIsEnumerable: (this: object, key: string) => boolean
}

/**
 * Writes what has changed in a record of many fields. Keys go to the end, so one that has another place is taken out
 * first; only indexes find their own.
 */
export function* writeDictionary(
  number: number,
  record: object,
  kept: KeptFields,
  out: DifferenceWriter,
): Generator<void, void> {
  const dictionary = new Dictionary(number, kept, out)
  const keys = kept.keysOf(record)
  const before = kept.keys ?? Object.keys(kept.values)
  out.spent += keys.length / LISTED_PER_STEP
  let hasAll = true
  let at = 0
  for (const key of keys) {
    if (out.isDue) yield
    if (!Object.hasOwn(record, key)) {
      hasAll = false
      continue
    }
    for (; at < before.length && before[at] !== key; at++) {
      if (isIndex(key) && !Object.hasOwn(kept.values, key)) break
      dictionary.drop(before[at] as string)
    }
    if (before[at] === key) at++
    dictionary.put(key, fieldOf(record, key))
  }
  for (; at < before.length; at++) dictionary.drop(before[at] as string)
  kept.end(keys, hasAll)
}

class Dictionary {
  readonly #number: number
  readonly #kept: KeptFields
  readonly #out: DifferenceWriter

  constructor(number: number, kept: KeptFields, out: DifferenceWriter) {
    this.#number = number
    this.#kept = kept
    this.#out = out
  }

  put(key: string, value: unknown): void {
    this.#out.spent++
    const { values } = this.#kept
    const isNew = !Object.hasOwn(values, key)
    const old = values[key]
    if (!isNew && Object.is(old, value)) return
    if (isNew) this.#kept.keys = undefined
    this.#out.slice.steps.push(Step.Put, this.#number)
    this.#out.slice.values.push(key)
    this.#out.refer(value)
    this.#out.release(old)
    values[key] = value
  }

  drop(key: string): void {
    const { values } = this.#kept
    if (!Object.hasOwn(values, key)) return
    this.#kept.keys = undefined
    this.#out.spendOnChange(2)
    this.#out.slice.steps.push(Step.Drop, this.#number)
    this.#out.slice.values.push(key)
    this.#out.release(values[key])
    Reflect.deleteProperty(values, key)
  }
}
