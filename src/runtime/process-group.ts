import { stopSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { rejectExtraArguments } from '../options/strict-methods.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import type { Population } from './population.ts'
import type { ProcessRef, StopProcessOptions } from './process-ref.ts'

/** Processes of one code that have started as one and stop as one. Made by `code.spawnMany`. */
export class ProcessGroup<D extends AnyDefinition> implements Iterable<ProcessRef<D>> {
  /** In the order of their indices. Those that have stopped stay in it. */
  readonly refs: readonly ProcessRef<D>[]
  readonly #population: Population

  /** @internal */
  constructor(refs: readonly ProcessRef<D>[], population: Population) {
    this.refs = refs
    this.#population = population
  }

  [Symbol.iterator](): Iterator<ProcessRef<D>> {
    return this.refs[Symbol.iterator]()
  }

  /**
   * Stops all of them. While they drain, each answers what handlers of the others ask. Rejects with `INVALID_OPTION`.
   */
  async stop(options?: StopProcessOptions): Promise<void> {
    const settings = parseOptions('stop', stopSchema, options)
    await this.#population.stopGroup(this.refs, settings)
  }
}

rejectExtraArguments(ProcessGroup.prototype, { stop: ['options'] })
