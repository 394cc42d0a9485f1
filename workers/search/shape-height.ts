import type { Shape, StateShape } from '../../src/protocol/jobs/state-shape.ts'

/** The depth of the shallowest value of a shape: 0 for a leaf, Infinity for an endless recursion. */
export class ShapeHeights {
  readonly #named: StateShape['named']
  readonly #heights = new Map<string, number>()

  constructor(named: StateShape['named']) {
    this.#named = named
    // Each round finds at least one more, until nothing changes.
    for (let changed = true; changed;) {
      changed = false
      for (const [name, shape] of Object.entries(named)) {
        const height = this.of(shape)
        if (height === (this.#heights.get(name) ?? Infinity)) continue
        this.#heights.set(name, height)
        changed = true
      }
    }
  }

  of(shape: Shape): number {
    switch (shape.kind) {
      case 'none':
        return Infinity
      case 'named':
        return shape.name in this.#named ? (this.#heights.get(shape.name) ?? Infinity) : 0
      case 'union':
        return Math.min(...shape.options.map((option) => this.of(option)))
      case 'array':
        return (shape.minLength ?? 0) > 0 ? 1 + this.of(shape.element) : 0
      case 'tuple':
        return this.#above(shape.elements.slice(0, shape.required))
      case 'object':
        return this.#above(
          shape.fields.filter(({ isOptional }) => !isOptional).map((field) => field.shape),
        )
      default:
        return 0
    }
  }

  #above(parts: readonly Shape[]): number {
    return parts.length === 0 ? 0 : 1 + Math.max(...parts.map((part) => this.of(part)))
  }
}
