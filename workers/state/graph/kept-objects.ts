import type { Shape } from './shape.ts'

/** Numbers of one page: lists that grow are copied, so they are kept short. */
const PAGE_BITS = 12
const PAGE = 2 ** PAGE_BITS
const IN_PAGE = PAGE - 1

/** What an object is kept as: a record by its {@link Shape}, the others by what they are. */
export type Form =
  | Shape
  | 'fields'
  | 'list'
  | 'map'
  | 'set'
  | 'date'
  | 'new-error'
  | 'error'
  | 'pattern'
  | 'memory'
  | 'view'
  | 'fixed'

/** What is kept of an object, as the other side has it. Undefined as long as it has nothing of it. */
export type Shadow = unknown

interface Page {
  readonly objects: (object | undefined)[]
  readonly forms: Form[]
  readonly shadows: Shadow[]
  /** How often each is referred to. */
  readonly counts: number[]
}

/** The objects that have gone over, by number, and what each was like then. */
export class KeptObjects {
  readonly #pages: Page[] = []

  add(number: number, object: object, form: Form, shadow: Shadow): void {
    if ((number & IN_PAGE) === 0) {
      this.#pages.push({ objects: [], forms: [], shadows: [], counts: [] })
    }
    const { objects, forms, shadows, counts } = this.#pageOf(number)
    objects.push(object)
    forms.push(form)
    shadows.push(shadow)
    counts.push(0)
  }

  /** Undefined for one that was let go of. */
  objectAt(number: number): object | undefined {
    return this.#pageOf(number).objects[number & IN_PAGE]
  }

  formAt(number: number): Form {
    return this.#pageOf(number).forms[number & IN_PAGE] as Form
  }

  shadowAt(number: number): Shadow {
    return this.#pageOf(number).shadows[number & IN_PAGE]
  }

  keep(number: number, form: Form, shadow: Shadow): void {
    const { forms, shadows } = this.#pageOf(number)
    forms[number & IN_PAGE] = form
    shadows[number & IN_PAGE] = shadow
  }

  /** Counts references. @returns how many there are. */
  count(number: number, more: number): number {
    const { counts } = this.#pageOf(number)
    const at = number & IN_PAGE
    return (counts[at] = (counts[at] ?? 0) + more)
  }

  letGo(number: number): void {
    const { objects, shadows } = this.#pageOf(number)
    objects[number & IN_PAGE] = undefined
    shadows[number & IN_PAGE] = undefined
  }

  /** The first number from one on, below `end`, of an object that is not as it was; else `end`. */
  find(
    from: number,
    end: number,
    isSame: (object: object, form: Form, shadow: Shadow) => boolean,
  ): number {
    for (let number = from; number < end;) {
      const { objects, forms, shadows } = this.#pageOf(number)
      for (let at = number & IN_PAGE; at < objects.length; at++, number++) {
        const object = objects[at]
        if (object !== undefined && !isSame(object, forms[at] as Form, shadows[at])) return number
      }
    }
    return end
  }

  #pageOf(number: number): Page {
    return this.#pages[number >> PAGE_BITS] as Page
  }
}
