import { setImmediate as turn } from 'node:timers/promises'
import type { CodeLine } from '../code/code-line.ts'
import { parseOptions } from '../options/parse-options.ts'
import { ownFields } from '../options/own-fields.ts'
import { spawnManySchema } from '../options/supervise.ts'
import type { AnyDefinition, ArgsOf } from '../protocol/definition/definition.ts'
import { wrongValue } from '../protocol/wrong-value.ts'
import type { Population } from './population.ts'
import { ProcessGroup } from './process-group.ts'
import type { ProcessRef } from './process-ref.ts'
import type { SpawnOptions } from './spawn-options.ts'

/** Options of `code.spawnMany`. */
export interface SpawnManyOptions<Args> extends Omit<SpawnOptions<Args>, 'name' | 'args'> {
  /** The name of each, by its index from 0: `(index) => \`room ${index}\``. Without it they are known by their ids. */
  readonly name?: (index: number) => string
  /** The argument of `init`, the same for all, or made for each by its index. */
  readonly args?: Args | ((index: number) => Args)
}

/** `spawnMany`'s parameters: `args` may be left out only where `init` takes nothing. */
export type SpawnManyParameters<D extends AnyDefinition> =
  undefined extends ArgsOf<D>
    ? [count: number, options?: SpawnManyOptions<ArgsOf<D>>]
    : [
        count: number,
        options: SpawnManyOptions<ArgsOf<D>> & {
          readonly args: ArgsOf<D> | ((index: number) => ArgsOf<D>)
        },
      ]

/** How long (ms) main begins some before its other work has a turn. */
const TURN_MS = 4

/** Where one could not be started, those that had been are given up at once: no one has a reference to them. */
const AT_ONCE = { drain: false, timeoutMs: 0 }

/**
 * Starts several processes of a code: all, or none.
 * @throws MoultError `INVALID_OPTION`, and that of the first that could not be started
 */
export async function spawnMany(
  population: Population,
  line: CodeLine,
  count: number,
  options: SpawnManyOptions<unknown> | undefined,
): Promise<ProcessGroup<AnyDefinition>> {
  parseOptions('spawnMany', spawnManySchema, options)
  if (!Number.isInteger(count) || count < 0)
    throw wrongValue('spawnMany', 'count', 'a whole number of at least 0', count)
  const { name, args, ...rest } = options === undefined ? none : { ...none, ...ownFields(options) }
  const optionsOf = (index: number): SpawnOptions<unknown> => ({
    ...rest,
    ...(name !== undefined && { name: name(index) }),
    args: typeof args === 'function' ? (args as (index: number) => unknown)(index) : args,
  })
  const started: Promise<ProcessRef<AnyDefinition>>[] = []
  let failed: { readonly error: unknown } | undefined
  const begin = async (index: number): Promise<ProcessRef<AnyDefinition>> => {
    return population.spawn(line, optionsOf(index))
  }
  let began = performance.now()
  for (let index = 0; index < count && failed === undefined; index++) {
    const one = begin(index)
    one.catch((error: unknown) => (failed ??= { error }))
    started.push(one)
    if (performance.now() - began < TURN_MS) continue
    await turn()
    began = performance.now()
  }
  const ends = await Promise.allSettled(started)
  const refs = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  if (failed === undefined) return new ProcessGroup(refs, population)
  await population.stopGroup(refs, AT_ONCE)
  throw failed.error
}

const none: SpawnManyOptions<unknown> = {}
