import type { ProcessExit } from '../processes/process-exit.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import { rejectExtraArguments } from '../options/strict-methods.ts'
import type { Supervision } from '../supervision/supervision.ts'
import type { ProcessRef } from './process-ref.ts'

/** References to the children of a supervisor, in their order. */
export type Supervised<Definitions extends readonly AnyDefinition[]> = {
  readonly [At in keyof Definitions]: ProcessRef<Definitions[At]>
}

/** A supervisor of several processes. Made by `runtime.supervise`. */
export class SupervisorRef<Definitions extends readonly AnyDefinition[]> {
  readonly #supervision: Supervision
  readonly #refs: readonly ProcessRef<AnyDefinition>[]

  /** @internal */
  constructor(supervision: Supervision, refs: readonly ProcessRef<AnyDefinition>[]) {
    this.#supervision = supervision
    this.#refs = refs
  }

  get name(): string {
    return this.#supervision.name
  }

  /**
   * The children, in their order. A child that has died keeps its reference; one that was stopped and came back has
   * another, so ask for it here or by its name.
   */
  get children(): Supervised<Definitions> {
    return [...this.#refs] as unknown as Supervised<Definitions>
  }

  /**
   * Resolves when the supervisor has ended, with all its children: `normal` after {@link stop}, `shutdown` with its
   * runtime, `restart-limit` where its children died too often. It never rejects.
   */
  get exited(): Promise<ProcessExit> {
    return this.#supervision.exited
  }

  /** Stops the children one after the other, the last one first, each by its `shutdown`. */
  stop(): Promise<void> {
    return this.#supervision.stop('normal')
  }
}

rejectExtraArguments(SupervisorRef.prototype, { stop: [] })
