import { Arbitrary, Stream, Value } from 'fast-check'
import type { Random } from 'fast-check'
import type { StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { shapeOfSamples } from './sample-shape.ts'
import { ShapeGenerator } from './shape-generator.ts'
import { StateMutation } from './state-mutation.ts'
import { simplerStates } from './state-shrink.ts'

/** How many simpler states are tried before shrinking stops. */
const MAX_CANDIDATES = 20_000

/**
 * States generated from a shape, and samples with a few changes, in turn if there are both.
 * Both shrink in the same way, so that samples become as small as generated states.
 */
export class StateArbitrary extends Arbitrary<unknown> {
  readonly #samples: readonly unknown[]
  readonly #shape: StateShape
  readonly #generator: ShapeGenerator | undefined
  readonly #mutation: StateMutation

  /** Without a shape, states are samples with changes within what all samples look like. */
  constructor(shape: StateShape | undefined, samples: readonly unknown[]) {
    super()
    this.#samples = samples
    this.#shape = shape ?? shapeOfSamples(samples)
    const generator = new ShapeGenerator(this.#shape.named)
    this.#generator = shape && generator.canMake(shape.root) ? generator : undefined
    this.#mutation = new StateMutation(this.#shape, shape && generator)
  }

  /** Whether there is a shape or a sample to make states of. */
  get canMake(): boolean {
    return this.#generator !== undefined || this.#samples.length > 0
  }

  /** Whether states are generated from the shape. */
  get makesUp(): boolean {
    return this.#generator !== undefined
  }

  override generate(random: Random): Value<unknown> {
    return new Value(this.#next(random), undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is unknown {
    // Any context will do: shrinking uses the value only.
    return value !== this
  }

  override shrink(value: unknown): Stream<Value<unknown>> {
    const simpler = new Stream(simplerStates(value, this.#shape)).take(MAX_CANDIDATES)
    return simpler.map((state) => new Value(state, undefined))
  }

  #next(random: Random): unknown {
    const sample = this.#samples[random.nextInt(0, Math.max(0, this.#samples.length - 1))]
    const isMadeUp = this.#samples.length === 0 || random.nextInt(0, 1) === 0
    if (this.#generator !== undefined && isMadeUp) {
      return this.#generator.make(this.#shape.root, random)
    }
    return this.#mutation.mutate(sample, random)
  }
}
