import type { Isolate } from '../../isolates/isolate.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import { sideBySideMs } from '../limits/deadlines.ts'
import type { DryRun } from './dry-run.ts'
import type { Sandbox } from './sandbox.ts'
import { tryBatch } from './try-copies.ts'

/** Tries one migration in an isolate. */
type Try = (isolate: Isolate) => Promise<void>

/**
 * Where migrations are tried on copies: many in one go, those that fail there side by side, and alone each that may be
 * to blame.
 */
export class Sandboxes {
  readonly #makeSandbox: () => Sandbox
  /** How often (ms) it is looked whether one of several holds the thread. */
  readonly #lookMs: number
  /** Made when they are first needed. */
  readonly #made = new Map<'many' | 'some' | 'one', Sandbox>()
  #triesMany = true
  /** What {@link try} has begun and not ended, and whether it has had the sandbox for itself. */
  readonly #underWay = new Set<{ isAlone: boolean }>()
  #lastTurn: Promise<unknown> = Promise.resolve()

  /** @param codeChangeTimeoutMs how long a migration may take. */
  constructor(makeSandbox: () => Sandbox, codeChangeTimeoutMs: number) {
    this.#makeSandbox = makeSandbox
    this.#lookMs = sideBySideMs(codeChangeTimeoutMs)
  }

  #for(size: 'many' | 'some' | 'one'): Sandbox {
    const sandbox = this.#made.get(size) ?? this.#makeSandbox()
    this.#made.set(size, sandbox)
    return sandbox
  }

  /**
   * Tries as many as it can. What fails, or does not end soon, is tried again by {@link try}, to be told; after that
   * nothing is tried in one go any more.
   */
  async tryMany(dryRuns: readonly DryRun[]): Promise<void> {
    if (!this.#triesMany) return
    const to = await this.#for('many').open()
    const neighbours = groupedBy(dryRuns, ({ batchable }) => batchable?.isolate)
    const tried = Array.from(neighbours, async ([from, batch]) => {
      return from === undefined || tryBatch(batch, from, to)
    })
    this.#triesMany = await Promise.all(tried).then(
      (results) => results.every(Boolean),
      () => false,
    )
    if (!this.#triesMany) await to.kill()
  }

  /**
   * Does `work`, beside that of others. Should one of them end the thread or hold it, each is done again with no other
   * beside it: only one is to blame.
   */
  async try(work: Try): Promise<void> {
    const own = { isAlone: this.#underWay.size === 0 }
    for (const each of this.#underWay) each.isAlone = false
    this.#underWay.add(own)
    const look = (): void => {
      if (!own.isAlone) void this.#for('some').hasDied()
    }
    const looking = setInterval(look, this.#lookMs)
    try {
      await work(await this.#for('some').open())
    } catch (error) {
      const hasDied = await this.#for('some').hasDied()
      if (own.isAlone || !hasDied) throw error
      await this.#inTurn(work)
    } finally {
      clearInterval(looking)
      this.#underWay.delete(own)
    }
  }

  async #inTurn(work: Try): Promise<void> {
    const turn = this.#lastTurn.then(async () => work(await this.#for('one').open()))
    this.#lastTurn = turn.catch(() => this.#for('one').hasDied())
    await turn
  }

  /** Opens what the first dry runs need. @throws what opening an isolate of the version throws. */
  async open(): Promise<void> {
    await this.#for('many').open()
  }

  async leave(): Promise<void> {
    await Promise.all(Array.from(this.#made.values(), (each) => each.leave()))
  }
}
