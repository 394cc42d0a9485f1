import { inspect } from 'node:util'
import { hasSymbols, isIndex } from '../../../src/protocol/bytes/field-fault.ts'
import { kindOf } from '../../../src/protocol/bytes/object-kind.ts'
import { lost } from './difference-writer.ts'
import type { DifferenceWriter } from './difference-writer.ts'
import { NotCarried } from './not-carried.ts'
import { HOLE, Step } from './slice.ts'

/** Longer lists may be sparse: to go through their indexes would take for ever. */
const MAX_ITEMS = 2 ** 24
/** The most holes that are written of one list at a time: a whole state has only the items of a sparse one. */
const MAX_HOLES = 2 ** 14
/** In longer lists names beside the items are looked for in a way that costs the same for any length. */
const FEW_ITEMS = 256
/** From this length on it is looked whether items have moved, by so many places at most. */
const MAY_MOVE = 16
const MAX_MOVE = 32
/** So far it is looked where items are that are not near. */
const MAX_FAR = 4096
/** The most places of one list where that may be in vain. */
const MAX_SEARCHES = 8
/** So many items are searched in the time of one object. */
const SEARCHED_PER_STEP = 256
/** The most places of one list where items came in or went out: each moves all that follow. */
const MAX_MOVES = 64

/** Whether a list has the items that it was kept with, holes included, and nothing else. */
export function isSameList(list: readonly unknown[], shadow: readonly unknown[]): boolean {
  if (list.length !== shadow.length) return false
  for (let at = 0; at < list.length; at++) if (!isSameItem(list, shadow, at, at)) return false
  return !hasNames(list)
}

function isSameItem(
  list: readonly unknown[],
  shadow: readonly unknown[],
  at: number,
  other: number,
): boolean {
  const item = list[at]
  if (!Object.is(item, shadow[other])) return false
  return item !== undefined || Object.hasOwn(list, at) === Object.hasOwn(shadow, other)
}

/** Whether it has fields beside its items. */
export function hasNames(list: readonly unknown[]): boolean {
  const { length } = list
  if (length > FEW_ITEMS) return describedWithoutItems(list) !== `[ ... ${length} more items ]`
  let left = length
  // Names come behind the indexes, and holes have none.
  // eslint-disable-next-line @typescript-eslint/no-for-in-array
  for (const key in list) {
    if (--left < 0 || !isIndex(key, length)) return true
  }
  return false
}

/** Node shows the names, and says how many items there are. */
function describedWithoutItems(list: readonly unknown[]): string {
  return inspect(list, { maxArrayLength: 0, depth: 0, customInspect: false })
}

/**
 * Writes a list of which nothing has gone over. @returns what is kept of it: of the size of the list, as one that has
 * grown item by item is not. Undefined where it is long, or has holes.
 */
export function writeNewList(
  number: number,
  list: readonly unknown[],
  out: DifferenceWriter,
): unknown[] | undefined {
  if (list.length > MAY_MOVE || list.includes(undefined)) return undefined
  checkList(list)
  const kept = list.slice()
  if (kept.length === 0) return kept
  out.slice.steps.push(Step.Span, number, 0, kept.length)
  for (const item of kept) out.refer(item)
  return kept
}

function isFar(by: number): boolean {
  return by > MAX_MOVE && by <= MAX_FAR
}

/** Writes what has changed in a list. Items that came in or went out do not make those behind them go over again. */
export function* writeList(
  number: number,
  list: readonly unknown[],
  shadow: unknown[],
  out: DifferenceWriter,
): Generator<void, void> {
  checkList(list)
  const writing = new ListWriting(number, list, shadow, out)
  for (let at = 0; at < list.length;) {
    out.spent++
    if (at < shadow.length && isSameItem(list, shadow, at, at)) at++
    else at = writing.write(at)
    if (out.isDue) yield
  }
  writing.end()
}

function checkList(list: readonly unknown[]): void {
  if (list.length > MAX_ITEMS) throw sparse()
  checkIsList(list)
  if (hasNames(list)) throw lost(list, 'an array with fields beside its elements')
}

function sparse(): NotCarried {
  return new NotCarried('it has an array that may be sparse')
}

/** @throws NotCarried for a list that has become one of a class, or has symbols for names. */
export function checkIsList(list: readonly unknown[]): void {
  const isUsual = Object.getPrototypeOf(list) === Array.prototype || kindOf(list) === 'list'
  if (!isUsual || hasSymbols(list)) throw lost(list, 'an array with a class or a symbol for a name')
}

class ListWriting {
  readonly #number: number
  readonly #list: readonly unknown[]
  readonly #shadow: unknown[]
  readonly #out: DifferenceWriter
  #moves = 0
  #searches = 0
  #holes = 0

  constructor(number: number, list: readonly unknown[], shadow: unknown[], out: DifferenceWriter) {
    this.#number = number
    this.#list = list
    this.#shadow = shadow
    this.#out = out
  }

  /** Writes what differs from an index on. @returns the index up to where it does not any more. */
  write(at: number): number {
    if (this.#moved(at)) return at
    const { steps } = this.#out.slice
    steps.push(Step.Span, this.#number, at, 0)
    const countAt = steps.length - 1
    let to = at
    while (to < this.#list.length && !this.#isKept(to) && (to === at || !this.#out.isDue)) {
      this.#writeItem(to++)
    }
    steps[countAt] = to - at
    return to
  }

  #isKept(at: number): boolean {
    return at < this.#shadow.length && isSameItem(this.#list, this.#shadow, at, at)
  }

  #writeItem(at: number): void {
    const item = this.#list[at]
    const old = this.#shadow[at]
    if (item === undefined && !Object.hasOwn(this.#list, at)) this.#writeHole(at)
    else {
      this.#out.refer(item)
      this.#shadow[at] = item
    }
    this.#out.release(old)
  }

  #writeHole(at: number): void {
    if (++this.#holes > MAX_HOLES) throw sparse()
    this.#out.spent++
    this.#out.slice.steps.push(HOLE)
    if (at >= this.#shadow.length) this.#shadow.length = at + 1
    Reflect.deleteProperty(this.#shadow, at)
  }

  #moved(at: number): boolean {
    const { length } = this.#shadow
    if (length - at < MAY_MOVE || this.#moves >= MAX_MOVES) return false
    for (let by = 1; by <= MAX_MOVE; by++) {
      if (this.#matches(at, at + by)) return this.#splice(at, by, 0)
      if (this.#matches(at + by, at)) return this.#splice(at, 0, by)
    }
    return this.#searches < MAX_SEARCHES && this.#movedFar(at)
  }

  /** Items that were replaced are in neither list, so that is looked for only where all differ for a while. */
  #movedFar(at: number): boolean {
    for (let to = at + 1; to < at + MAY_MOVE; to++) if (this.#isKept(to)) return false
    const removed = this.#shadow.indexOf(this.#list[at], at) - at
    const inserted = this.#list.indexOf(this.#shadow[at], at) - at
    this.#out.spent += (this.#shadow.length + this.#list.length - 2 * at) / SEARCHED_PER_STEP
    const isRemoved = isFar(removed) && this.#matches(at, at + removed)
    const isInserted = isFar(inserted) && this.#matches(at + inserted, at)
    if (isRemoved && (!isInserted || removed < inserted)) return this.#splice(at, removed, 0)
    if (isInserted) return this.#splice(at, 0, inserted)
    this.#searches++
    return false
  }

  /** Two in a row: one alone may be a coincidence. */
  #matches(at: number, other: number): boolean {
    const list = this.#list
    const shadow = this.#shadow
    if (at + 1 >= list.length || other + 1 >= shadow.length) return false
    return isSameItem(list, shadow, at, other) && isSameItem(list, shadow, at + 1, other + 1)
  }

  #splice(at: number, removed: number, inserted: number): true {
    this.#moves++
    this.#out.slice.steps.push(Step.Splice, this.#number, at, removed, inserted)
    const fresh = Array<undefined>(inserted).fill(undefined)
    for (const item of this.#shadow.splice(at, removed, ...fresh)) this.#out.release(item)
    return true
  }

  /** Gives the other side the length of the list. */
  end(): void {
    const { length } = this.#list
    if (this.#shadow.length === length) return
    this.#out.slice.steps.push(Step.Length, this.#number, length)
    for (let at = length; at < this.#shadow.length; at++) this.#out.release(this.#shadow[at])
    this.#shadow.length = length
  }
}
