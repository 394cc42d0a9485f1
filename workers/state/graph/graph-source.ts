import type { Declared } from '../../../src/protocol/bytes/declared.ts'
import { checkRest, checkUnseen, isLong, isSame, referredIn, write } from './difference.ts'
import type { Writing } from './difference.ts'
import { DifferenceWriter } from './difference-writer.ts'
import { KeptObjects } from './kept-objects.ts'
import { NotCarried } from './not-carried.ts'
import { Numbering } from './numbering.ts'
import { Step } from './slice.ts'
import type { GraphSlice } from './slice.ts'

/** Objects of more parts are compared in parts of their own. */
const MANY_PARTS = 256
/** Where more values have changed than this share of all, and more than so many, it is quicker to send the whole. */
const MOST_CHANGED = 1 / 3
const FEW_CHANGED = 5_000
/** Cycles that have left the graph are held. Where so many times the objects of the first round are held, it is enough. */
const MOST_HELD = 3
/** Where more than pays has changed in more rounds than so many, one behind the other, it will have in the pause. */
const MOST_TOO_MUCH = 1

/** A part of the graph, or of the changes in it. */
export interface TakenSlice {
  /** Undefined where nothing has changed in what was looked at. */
  readonly slice: GraphSlice | undefined
  /** How much was looked at and written. */
  readonly size: number
  /** How many values are in it. */
  readonly records: number
}

/**
 * A graph of objects in use, to be copied piece by piece. All objects are numbered. Of each is kept what it was like when
 * it went over: what has changed since then is found by a look at all of them.
 *
 * - A round goes over all objects once. In the first the graph is taken, in the others what has changed.
 * - The graph may change between two slices, but not within one.
 * - The copy is like the graph behind {@link rest} only.
 */
export class GraphSource {
  readonly #objects = new KeptObjects()
  readonly #numbering = new Numbering()
  readonly #out: DifferenceWriter
  /** The number of the object that is looked at. */
  #at = 0
  /** What remains of an object of many parts. */
  #writing: Writing | undefined
  #rounds = 0
  /** How many values had been written when the round began. */
  #writtenBefore = 0
  #inFirst = 0
  #heldFirst = 0
  #inLast = 0
  /** How much had been spent on changes when the round began, and on those of the last round. */
  #spentBefore = 0
  #spentInLast = 0
  /** In how many rounds, up to the last, more has changed than pays. */
  #tooMuch = 0

  /** @throws NotCarried */
  constructor(root: unknown, declared?: Declared) {
    this.#out = new DifferenceWriter(this.#objects, this.#numbering, declared)
    for (const key in {}) throw new NotCarried(`all objects have a field ${key}`)
    this.#out.slice.steps.push(Step.Root)
    this.#out.refer(root)
  }

  /** How many objects have been numbered. */
  get size(): number {
    return this.#numbering.given
  }

  /** How many objects are held: those that have left the graph are let go of in the rounds that follow. */
  get held(): number {
    return this.#numbering.size
  }

  /** How many values had changed in the last round. */
  get changed(): number {
    return this.#inLast
  }

  /** How much work they were, in the measure of a slice's size. */
  get changedSize(): number {
    return this.#spentInLast
  }

  /** Goes on with a round. Undefined where it has ended: then another may begin. @throws NotCarried */
  take(most: number): TakenSlice | undefined {
    const out = this.#out
    const before = out.written
    out.spent = 0
    out.most = most
    while (!out.isDue && this.#goOn());
    if (out.spent > 0) {
      const slice = out.slice.isEmpty ? undefined : out.slice.take()
      return { slice, size: out.spent, records: out.written - before }
    }
    this.#endRound()
    return undefined
  }

  /**
   * All that has changed, at once: behind it the copy is like the graph. The slice has to get there.
   * @throws NotCarried
   */
  rest(): GraphSlice {
    const out = this.#out
    // What was passed of an object is looked at again.
    this.#writing = undefined
    this.#writtenBefore = out.written
    this.#spentBefore = out.spentOnChanges
    out.most = Infinity
    for (let at = this.#changedFrom(0); at < this.size; at = this.#changedFrom(at + 1)) {
      this.#write(at)?.next()
      this.#checkPays()
    }
    this.#endRound()
    return out.slice.take()
  }

  /**
   * Looks, behind {@link rest}, for what that does not see, in so many objects from a number on.
   * @returns where to go on; undefined at the end. @throws NotCarried
   */
  prove(from: number, most: number): number | undefined {
    const objects = this.#objects
    const to = Math.min(this.size, from + most)
    for (let number = from; number < to; number++) {
      const object = objects.objectAt(number)
      if (object !== undefined) checkUnseen(object, objects.formAt(number))
    }
    return to < this.size ? to : undefined
  }

  /** The next object, from a number on, that is not as it was. */
  #changedFrom(number: number): number {
    return this.#objects.find(number, this.size, isSame)
  }

  #endRound(): void {
    this.#at = 0
    this.#inLast = this.#out.written - this.#writtenBefore
    this.#writtenBefore = this.#out.written
    this.#spentInLast = this.#out.spentOnChanges - this.#spentBefore
    this.#spentBefore = this.#out.spentOnChanges
    if (this.#rounds === 0) {
      this.#inFirst = this.#inLast
      this.#heldFirst = this.held
    }
    this.#rounds++
    this.#tooMuch = this.#rounds > 1 && this.#inLast > this.#most ? this.#tooMuch + 1 : 0
    const most = Math.max(FEW_CHANGED, this.#heldFirst * MOST_HELD)
    if (this.held > most || this.#tooMuch > MOST_TOO_MUCH) throw changedTooMuch()
  }

  /** How many values may change. */
  get #most(): number {
    return Math.max(FEW_CHANGED, this.#inFirst * MOST_CHANGED)
  }

  #checkPays(): void {
    if (this.#out.written - this.#writtenBefore > this.#most) throw changedTooMuch()
  }

  /** Looks at the next object, or at the next part of one. False at the end. */
  #goOn(): boolean {
    if (this.#writing !== undefined) {
      if (this.#writing.next().done === true) this.#end()
      return true
    }
    if (this.#forgetOne()) return true
    if (this.#at >= this.size) return false
    this.#look(this.#at)
    return true
  }

  #look(number: number): void {
    const objects = this.#objects
    const object = objects.objectAt(number)
    const form = objects.formAt(number)
    this.#out.spent++
    if (object === undefined) return this.#end()
    if (objects.hasShadow(number)) checkRest(object, form)
    const isDone = !isLong(object, form, MANY_PARTS) && objects.isSameAt(number, isSame)
    if (isDone) return this.#end()
    this.#writing = this.#write(number)
    if (this.#writing === undefined) this.#end()
  }

  #write(number: number): Writing | undefined {
    const objects = this.#objects
    const object = objects.objectAt(number)
    if (object === undefined) return undefined
    const kept = { number, object, form: objects.formAt(number), shadow: objects.shadowAt(number) }
    return write(kept, this.#out)
  }

  #end(): void {
    this.#writing = undefined
    this.#at++
  }

  #forgetOne(): boolean {
    return this.#out.forgetOne((number, object) => {
      return referredIn(object, this.#objects.formAt(number), this.#objects.shadowAt(number))
    })
  }
}

function changedTooMuch(): NotCarried {
  return new NotCarried('it has changed too much while it was copied')
}
