import { parseOptions } from '../options/parse-options.ts'
import { superviseSchema } from '../options/supervise.ts'
import type { ChildSettings } from '../options/supervise.ts'
import type { StopOptions } from '../processes/stop.ts'
import { ownCopy } from '../protocol/bytes/own-copy.ts'
import type { AnyDefinition } from '../protocol/definition/definition.ts'
import { wrongValue } from '../protocol/wrong-value.ts'
import type { ChildSpec } from '../supervision/child.ts'
import { Supervision } from '../supervision/supervision.ts'
import type { UnderWay } from '../timing/under-way.ts'
import { Code } from './code.ts'
import type { Population } from './population.ts'
import type { ProcessRef } from './process-ref.ts'
import type { SuperviseOptions } from './supervise-options.ts'
import { SupervisorRef } from './supervisor-ref.ts'

/** The supervisors of a runtime. */
export class Supervisors {
  readonly #population: Population
  readonly #underWay: UnderWay
  /** In the order in which they were started. */
  readonly #all = new Set<Supervision>()

  constructor(population: Population, underWay: UnderWay) {
    this.#population = population
    this.#underWay = underWay
  }

  /** @throws MoultError `INVALID_OPTION`, `RUNTIME_CLOSED`, and as a spawn does */
  async start<Definitions extends readonly AnyDefinition[]>(
    options: SuperviseOptions<Definitions>,
  ): Promise<SupervisorRef<Definitions>> {
    const { children, ...settings } = parseOptions('supervise', superviseSchema, options)
    this.#underWay.checkOpen()
    const refs: ProcessRef<AnyDefinition>[] = []
    const specs = children.map((child, at) => this.#specOf(child, at, refs))
    const supervision = new Supervision(settings, specs, this.#population.keeper)
    this.#all.add(supervision)
    void supervision.exited.then(() => this.#all.delete(supervision))
    await supervision.start()
    return new SupervisorRef<Definitions>(supervision, refs)
  }

  /** Ends all, the last one first. */
  async close(most: StopOptions): Promise<void> {
    for (const supervision of [...this.#all].reverse()) await supervision.stop('shutdown', most)
  }

  #specOf(
    { code, restart, shutdown, ...options }: ChildSettings,
    at: number,
    refs: ProcessRef<AnyDefinition>[],
  ): ChildSpec {
    const line = Code.lineOf(code, this.#population)
    if (line === undefined)
      throw wrongValue('supervise', `children[${at}].code`, 'a code of this runtime', code)
    // What was parsed has each option, and undefined for those that were not given.
    const own = {
      ...options,
      args: ownCopy(options.args, `children[${at}].args`),
      ...(restart === 'temporary' && { restart: { policy: restart } }),
    } as object
    const spawn: ChildSpec['spawn'] = async (start) => {
      refs[at] = await this.#population.spawn(line, own, start)
    }
    return { restart, shutdown, spawn }
  }
}
