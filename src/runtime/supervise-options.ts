import type { AnyDefinition, ArgsOf } from '../protocol/definition/definition.ts'
import type { ChildRestart, Strategy } from '../supervision/strategy.ts'
import type { Code } from './code.ts'
import type { StopProcessOptions } from './process-ref.ts'
import type { SpawnOptions } from './spawn-options.ts'

/** Options of one child of a supervisor: those of `code.spawn`, and how it is restarted and stopped. */
export interface ChildOptions<Args> extends Omit<SpawnOptions<Args>, 'restart'> {
  /**
   * `'permanent'` (default): made good whenever it has ended, also by `ref.stop()`. `'transient'`: where it ended
   * otherwise than by a stop. `'temporary'`: never. What ends with its code does not come back.
   */
  readonly restart?: ChildRestart
  /**
   * How it is stopped with its supervisor, as by `ref.stop(options)`. `{ drain: false, timeoutMs: 0 }` is Erlang's
   * `brutal_kill`.
   */
  readonly shutdown?: StopProcessOptions
}

/** One child of a supervisor: its code, and the options of its process. */
export type ChildOf<D extends AnyDefinition> = {
  readonly code: Code<D>
} & (undefined extends ArgsOf<D>
  ? ChildOptions<ArgsOf<D>>
  : ChildOptions<ArgsOf<D>> & { readonly args: ArgsOf<D> })

/** Options of `runtime.supervise`. */
export interface SuperviseOptions<Definitions extends readonly AnyDefinition[]> {
  /** For errors and for `exited`. Default `'supervisor'`. */
  readonly name?: string
  /** Which children are made anew when one has died. Default `'one-for-one'`. */
  readonly strategy?: Strategy
  /** How many deaths are made good within `withinMs` (Erlang's intensity); one more is `RESTART_LIMIT`. Default 3. */
  readonly maxRestarts?: number
  /** Erlang's period, in ms. Default 5,000. */
  readonly withinMs?: number
  /** In the order in which they are started. At least one. */
  readonly children: { readonly [At in keyof Definitions]: ChildOf<Definitions[At]> }
}
