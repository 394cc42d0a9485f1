import { Shape } from './shape.ts'

/** Numbers of one page: lists that grow are copied, so they are kept short. */
const PAGE_BITS = 12
const PAGE = 2 ** PAGE_BITS
const IN_PAGE = PAGE - 1

/** What an object is kept as: a record by its {@link Shape}, the others by what they are. */
export type Form =
  | Shape
  | 'fields'
  | 'bareFields'
  | 'list'
  | 'map'
  | 'set'
  | 'date'
  | 'error'
  | 'pattern'
  | 'memory'
  | 'view'
  | 'fixed'

/** What is kept of an object, as the other side has it. Undefined as long as it has nothing of it. */
export type Shadow = unknown

/** Whether an object is as it was kept. The values of a record lie from its shadow on. */
export type IsSame = (
  object: object,
  form: Form,
  shadow: Shadow,
  values: readonly unknown[],
) => boolean

/** So many values are moved together when others have left more room than they take. */
const MANY_VALUES = 4 * PAGE

/** Lists by number: an object for each would be most of the garbage that is collected while messages wait. */
interface Page {
  readonly objects: (object | undefined)[]
  readonly forms: Form[]
  /** Of a record where its values lie. */
  readonly shadows: Shadow[]
  /** How often each is referred to. */
  readonly counts: Int32Array
  /** The values of the records, one behind the other. */
  values: unknown[]
  /** How many of them are of no record any more. */
  left: number
}

function emptyPage(): Page {
  const counts = new Int32Array(PAGE)
  return { objects: [], forms: [], shadows: [], counts, values: [], left: 0 }
}

/** The objects that have gone over, by number, and what each was like then. */
export class KeptObjects {
  readonly #pages: Page[] = []

  add(number: number, object: object, form: Form, shadow: Shadow): void {
    if ((number & IN_PAGE) === 0) this.#pages.push(emptyPage())
    const { objects, forms, shadows } = this.#pageOf(number)
    objects.push(object)
    forms.push(form)
    shadows.push(shadow)
  }

  /** Undefined for one that was let go of. */
  objectAt(number: number): object | undefined {
    return this.#pageOf(number).objects[number & IN_PAGE]
  }

  formAt(number: number): Form {
    return this.#pageOf(number).forms[number & IN_PAGE] as Form
  }

  /** Of a record its values. */
  shadowAt(number: number): Shadow {
    const { forms, shadows, values } = this.#pageOf(number)
    const form = forms[number & IN_PAGE]
    const shadow = shadows[number & IN_PAGE]
    if (!(form instanceof Shape) || shadow === undefined) return shadow
    const from = shadow as number
    return values.slice(from, from + form.keys.length)
  }

  hasShadow(number: number): boolean {
    return this.#pageOf(number).shadows[number & IN_PAGE] !== undefined
  }

  keep(number: number, form: Form, shadow: Shadow): void {
    const page = this.#pageOf(number)
    this.#leave(page, number & IN_PAGE)
    page.forms[number & IN_PAGE] = form
    page.shadows[number & IN_PAGE] = shadow
  }

  /** Keeps a record as its values. */
  keepRecord(number: number, shape: Shape, fields: readonly unknown[]): void {
    const page = this.#pageOf(number)
    const at = number & IN_PAGE
    this.#leave(page, at)
    page.forms[at] = shape
    page.shadows[at] = page.values.length
    for (const value of fields) page.values.push(value)
    if (page.left > MANY_VALUES && page.left > page.values.length / 2) tidy(page)
  }

  /** What a record was is held no longer. */
  #leave(page: Page, at: number): void {
    const form = page.forms[at]
    const from = page.shadows[at]
    if (!(form instanceof Shape) || from === undefined) return
    page.left += form.keys.length
    page.values.fill(undefined, from as number, (from as number) + form.keys.length)
  }

  /** Counts references. @returns how many there are. */
  count(number: number, more: number): number {
    const { counts } = this.#pageOf(number)
    const at = number & IN_PAGE
    return (counts[at] = (counts[at] ?? 0) + more)
  }

  letGo(number: number): void {
    this.keep(number, 'fixed', undefined)
    this.#pageOf(number).objects[number & IN_PAGE] = undefined
  }

  isSameAt(number: number, isSame: IsSame): boolean {
    return this.find(number, number + 1, isSame) > number
  }

  /** The first number from one on, below `end`, of an object that is not as it was; else `end`. */
  find(from: number, end: number, isSame: IsSame): number {
    for (let number = from; number < end;) {
      const { objects, forms, shadows, values } = this.#pageOf(number)
      const last = Math.min(objects.length, (number & IN_PAGE) + end - number)
      for (let at = number & IN_PAGE; at < last; at++, number++) {
        const object = objects[at]
        if (object === undefined) continue
        if (!isSame(object, forms[at] as Form, shadows[at], values)) return number
      }
    }
    return end
  }

  #pageOf(number: number): Page {
    return this.#pages[number >> PAGE_BITS] as Page
  }
}

/** Lets the values that are left lie behind each other. */
function tidy(page: Page): void {
  const { forms, shadows, values } = page
  const kept: unknown[] = []
  for (const [at, form] of forms.entries()) {
    const from = shadows[at]
    if (!(form instanceof Shape) || from === undefined) continue
    shadows[at] = kept.length
    for (let each = 0; each < form.keys.length; each++) kept.push(values[(from as number) + each])
  }
  page.values = kept
  page.left = 0
}
