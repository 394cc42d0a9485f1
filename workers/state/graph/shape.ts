/** Keys that objects have in common, in their order. The tree of shapes begins with that without keys. */
export class Shape {
  readonly keys: readonly string[]
  /** That of the objects. */
  readonly prototype: object | null
  /** Undefined until the other side knows it. */
  id: number | undefined
  readonly #root: Shape
  #next: Map<string, Shape> | undefined

  constructor(prototype: object | null, keys: readonly string[] = [], root?: Shape) {
    this.prototype = prototype
    this.keys = keys
    this.#root = root ?? this
  }

  /** The shape of these keys. */
  of(keys: readonly string[]): Shape {
    if (this.#has(keys)) return this
    let shape = this.#root
    for (let at = 0; at < keys.length; at++) shape = shape.#with(keys, at)
    return shape
  }

  #has(keys: readonly string[]): boolean {
    return keys.length === this.keys.length && this.isBeginOf(keys)
  }

  /** Whether it has the first of these keys, and no others. */
  isBeginOf(keys: readonly string[]): boolean {
    if (keys.length < this.keys.length) return false
    for (let at = 0; at < this.keys.length; at++) if (keys[at] !== this.keys[at]) return false
    return true
  }

  #with(keys: readonly string[], at: number): Shape {
    const key = keys[at] as string
    this.#next ??= new Map()
    const known = this.#next.get(key)
    if (known !== undefined) return known
    const made = new Shape(this.prototype, keys.slice(0, at + 1), this.#root)
    this.#next.set(key, made)
    return made
  }
}
