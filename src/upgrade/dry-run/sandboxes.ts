import type { Isolate } from '../../isolates/isolate.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import type { DryRun } from './dry-run.ts'
import type { Sandbox } from './sandbox.ts'
import { tryBatch } from './try-copies.ts'

/** Tries one migration in an isolate. */
type Try = (isolate: Isolate) => Promise<void>

/** Where migrations are tried on copies: many in one go, those that fail there side by side, and alone each that may be to blame. */
export class Sandboxes {
  readonly #forMany: Sandbox
  readonly #forSome: Sandbox
  readonly #forOne: Sandbox
  #triesMany = true
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(makeSandbox: () => Sandbox) {
    this.#forMany = makeSandbox()
    this.#forSome = makeSandbox()
    this.#forOne = makeSandbox()
  }

  /** Tries as many as it can. What fails, or does not end soon, is tried again by {@link try}, to be told; after that nothing is tried in one go any more. */
  async tryMany(dryRuns: readonly DryRun[]): Promise<void> {
    if (!this.#triesMany) return
    const to = await this.#forMany.open()
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

  /** Does `work`, beside that of others. Should one of them end the thread or hold it, each is done again with nobody beside it: only one is to blame. */
  async try(work: Try): Promise<void> {
    try {
      await work(await this.#forSome.open())
    } catch (error) {
      if (!(await this.#forSome.hasDied())) throw error
      await this.#inTurn(work)
    }
  }

  async #inTurn(work: Try): Promise<void> {
    const turn = this.#lastTurn.then(async () => work(await this.#forOne.open()))
    this.#lastTurn = turn.catch(() => this.#forOne.hasDied())
    await turn
  }

  /** Opens what the first dry runs need. @throws what opening an isolate of the version throws. */
  async open(): Promise<void> {
    await this.#forMany.open()
  }

  async leave(): Promise<void> {
    await Promise.all([this.#forMany, this.#forSome, this.#forOne].map((each) => each.leave()))
  }
}
