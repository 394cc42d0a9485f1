import type { Random } from 'fast-check'
import { resolveShape } from '../../src/protocol/jobs/state-shape.ts'
import type {
  ArrayShape,
  ObjectShape,
  Shape,
  StateShape,
  TupleShape,
  UnionShape,
} from '../../src/protocol/jobs/state-shape.ts'
import { generateLeaf } from './leaf-generator.ts'
import { ShapeHeights } from './shape-height.ts'
import { setField } from './state-place.ts'

/** From this depth on, recursion ends where it can. */
const MAX_DEPTH = 5
/** The most elements of a list: near the root, and deeper down. */
const MANY = 4
const FEW = 2

/** Generates values of a shape. */
export class ShapeGenerator {
  readonly #named: StateShape['named']
  readonly #heights: ShapeHeights

  constructor(named: StateShape['named']) {
    this.#named = named
    this.#heights = new ShapeHeights(named)
  }

  /** Whether a shape has values: a function has none, nor has an endless recursion. */
  canMake(shape: Shape): boolean {
    return this.#heights.of(shape) < Infinity
  }

  /** A value of a shape that {@link canMake} accepts. */
  make(given: Shape, random: Random, depth = 0): unknown {
    const shape = resolveShape(given, this.#named)
    const deeper = (part: Shape): unknown => this.make(part, random, depth + 1)
    switch (shape.kind) {
      case 'none':
        throw new TypeError(`${shape.text} is no data`)
      case 'literal':
        return shape.value
      case 'union':
        return this.make(this.#choose(shape, random, depth), random, depth)
      case 'array':
        return this.#times(shape, random, depth, () => deeper(shape.element))
      case 'tuple':
        return this.#tuple(shape, random, depth)
      case 'object':
        return this.#object(shape, random, depth)
      case 'map':
        return new Map(
          this.#times(shape, random, depth, () => [deeper(shape.key), deeper(shape.value)]),
        )
      case 'set':
        return new Set(this.#times(shape, random, depth, () => deeper(shape.element)))
      default:
        return generateLeaf(shape, random)
    }
  }

  #choose({ options }: UnionShape, random: Random, depth: number): Shape {
    const possible = options.filter((option) => this.canMake(option))
    const lowest = Math.min(...possible.map((option) => this.#heights.of(option)))
    const choice =
      depth < MAX_DEPTH
        ? possible
        : possible.filter((option) => this.#heights.of(option) === lowest)
    return choice[random.nextInt(0, choice.length - 1)] ?? { kind: 'none', text: 'never' }
  }

  #times<Item>(
    shape: Shape & Partial<Pick<ArrayShape, 'minLength' | 'maxLength'>>,
    random: Random,
    depth: number,
    make: () => Item,
  ): Item[] {
    const { minLength = 0, maxLength = Infinity } = shape
    const parts = partsOf(shape)
    const canHave = depth < MAX_DEPTH && parts.every((part) => this.canMake(part))
    const extra = canHave ? random.nextInt(0, depth < 2 ? MANY : FEW) : 0
    return Array.from({ length: Math.min(minLength + extra, maxLength) }, make)
  }

  #tuple(shape: TupleShape, random: Random, depth: number): unknown[] {
    const { elements, required, rest } = shape
    const possible = elements.findIndex((element, at) => at >= required && !this.canMake(element))
    const most = depth < MAX_DEPTH ? (possible < 0 ? elements.length : possible) : required
    const length = random.nextInt(required, most)
    const made = elements.slice(0, length).map((each) => this.make(each, random, depth + 1))
    if (rest === undefined || length < elements.length) return made
    const list: ArrayShape = { kind: 'array', element: rest }
    return [...made, ...(this.make(list, random, depth) as unknown[])]
  }

  #object({ fields, rest }: ObjectShape, random: Random, depth: number): object {
    const made = {}
    for (const { name, shape, isOptional } of fields) {
      const isThere = depth < MAX_DEPTH && this.canMake(shape) && random.nextInt(0, 2) > 0
      if (isOptional && !isThere) continue
      setField(made, name, this.make(shape, random, depth + 1))
    }
    if (rest === undefined) return made
    const others: Shape = { kind: 'map', ...rest }
    for (const [name, value] of this.make(others, random, depth) as Map<string, unknown>) {
      if (!Object.hasOwn(made, name)) setField(made, name, value)
    }
    return made
  }
}

function partsOf(shape: Shape): Shape[] {
  if (shape.kind === 'map') return [shape.key, shape.value]
  return shape.kind === 'array' || shape.kind === 'set' ? [shape.element] : []
}
