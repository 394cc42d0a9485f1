import type { DifferenceWriter } from './difference-writer.ts'
import { Step } from './slice.ts'

type AnyMap = Map<unknown, unknown>
type AnySet = Set<unknown>

const sizeOfMap = sizeGetter(Map.prototype)
const sizeOfSet = sizeGetter(Set.prototype)

/** What a program puts in its place is not run. */
function sizeGetter(prototype: object): (entries: object) => number {
  const size = Object.getOwnPropertyDescriptor(prototype, 'size')
  return (entries) => size?.get?.call(entries) as number
}

/** Whether a Map has the entries of its shadow, in their order. */
export function isSameMap(map: AnyMap, shadow: AnyMap): boolean {
  if (sizeOfMap(map) !== shadow.size) return false
  const kept = shadow.entries()
  let isSame = true
  Map.prototype.forEach.call(map, (value: unknown, key: unknown) => {
    if (!isSame) return
    const entry = kept.next().value
    if (entry === undefined || !Object.is(entry[0], key) || !Object.is(entry[1], value))
      isSame = false
  })
  return isSame
}

/** Whether a Set has the members of its shadow, in their order. */
export function isSameSet(set: AnySet, shadow: AnySet): boolean {
  if (sizeOfSet(set) !== shadow.size) return false
  const kept = shadow.values()
  let isSame = true
  Set.prototype.forEach.call(set, (member: unknown) => {
    if (isSame && !Object.is(kept.next().value, member)) isSame = false
  })
  return isSame
}

/** The keys of a shadow, which follow those of the original: what has another place there is taken out here. */
class Following {
  readonly #drop: (key: unknown) => void
  readonly #keys: Iterator<unknown>
  #next: IteratorResult<unknown>

  constructor(keys: Iterator<unknown>, drop: (key: unknown) => void) {
    this.#drop = drop
    this.#keys = keys
    this.#next = keys.next()
  }

  /** The original goes on with this key. */
  follow(key: unknown): void {
    while (this.#next.done !== true && !Object.is(this.#next.value, key)) this.#dropNext()
    // Behind the last one the key is new, or was passed and has gone to the end.
    if (this.#next.done === true) this.#drop(key)
    else this.#next = this.#keys.next()
  }

  end(): void {
    while (this.#next.done !== true) this.#dropNext()
  }

  #dropNext(): void {
    this.#drop(this.#next.value)
    this.#next = this.#keys.next()
  }
}

/** Writes what has changed in a Map. It may change between two parts: what was passed then is found the next time. */
export function* writeMap(
  number: number,
  map: AnyMap,
  shadow: AnyMap,
  out: DifferenceWriter,
): Generator<void, void> {
  const following = new Following(shadow.keys(), (key) => {
    if (!shadow.has(key)) return
    writeDelete(number, key, out)
    out.release(shadow.get(key))
    shadow.delete(key)
  })
  for (const [key, value] of Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>) {
    out.spent++
    following.follow(key)
    writeEntry(number, key, value, shadow, out)
    if (out.isDue) yield
  }
  following.end()
}

function writeEntry(
  number: number,
  key: unknown,
  value: unknown,
  shadow: AnyMap,
  out: DifferenceWriter,
): void {
  const isNew = !shadow.has(key)
  const old = shadow.get(key)
  if (!isNew && Object.is(old, value)) return
  out.slice.steps.push(Step.Entry, number)
  if (isNew) out.refer(key)
  else out.point(key)
  out.refer(value)
  out.release(old)
  shadow.set(key, value)
}

/** Writes what has changed in a Set. */
export function* writeSet(
  number: number,
  set: AnySet,
  shadow: AnySet,
  out: DifferenceWriter,
): Generator<void, void> {
  const following = new Following(shadow.values(), (member) => {
    if (!shadow.delete(member)) return
    writeDelete(number, member, out)
  })
  for (const member of Set.prototype.values.call(set) as SetIterator<unknown>) {
    out.spent++
    following.follow(member)
    if (!shadow.has(member)) {
      out.slice.steps.push(Step.Member, number)
      out.refer(member)
      shadow.add(member)
    }
    if (out.isDue) yield
  }
  following.end()
}

function writeDelete(number: number, key: unknown, out: DifferenceWriter): void {
  out.spendOnChange(2)
  out.slice.steps.push(Step.Delete, number)
  out.point(key)
  out.release(key)
}
