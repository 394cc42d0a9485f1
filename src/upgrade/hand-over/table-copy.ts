import { MessageChannel } from 'node:worker_threads'
import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import type { Process } from '../../processes/process.ts'
import type { Activation } from '../../processes/activation.ts'
import type { CopyFigures } from '../../protocol/wire/copying.ts'
import type { ExportedStates } from '../../protocol/wire/requests.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { CopyReport } from '../report/report.ts'
import { goesAhead } from '../plan/migration-path.ts'
import type { MigrationPath } from '../plan/migration-path.ts'

/** The tables of one process on their way ahead of its state: from isolate to isolate, main sees nothing of them. */
export class TableCopy {
  readonly #process: Process
  readonly #path: MigrationPath
  readonly #deadlines: Deadlines
  #from: Activation | undefined
  #figures: CopyFigures | undefined

  constructor(process: Process, path: MigrationPath, deadlines: Deadlines) {
    this.#process = process
    this.#path = path
    this.#deadlines = deadlines
  }

  /** Bytes that have gone ahead. */
  get bytes(): number {
    return this.#figures?.bytes ?? 0
  }

  /** Records that had changed again when the copying ended, and how long (ms) they will take. */
  get left(): { readonly recordsLeft: number; readonly recordsMs: number } {
    const { left = 0, msPerRecord = 0 } = this.#figures ?? {}
    return { recordsLeft: left, recordsMs: left * msPerRecord }
  }

  /** Whether there may be tables, which may go ahead. */
  mayGo({ isolate }: Activation): boolean {
    return goesAhead(this.#path) && isolate.mayHaveTables
  }

  /**
   * Resolves when little is left, or nothing was to be copied; what changes from then on follows by itself.
   * Rejects with what went wrong on either side, unless the process is stopped meanwhile: then there is nothing to copy
   * any more.
   */
  async run(from: Activation, to: Isolate, budgetMs: number): Promise<void> {
    try {
      await this.#run(from, to, budgetMs)
    } catch (error) {
      if (!hasEnded(this.#process)) throw error
    }
  }

  async #run(from: Activation, to: Isolate, budgetMs: number): Promise<void> {
    const { isolate, slot } = from
    const names = await this.#deadlines.suspend(isolate.tableNames(slot))
    if (names.length === 0) return
    from.checkHere()
    this.#from = from
    const copied = this.#copy(from, to, budgetMs)
    // The functions of a downgrade run where the process still is.
    const busy = this.#path.leave.by === 'downgrade' ? [isolate, to] : [to]
    this.#figures = await this.#deadlines.codeChangeIn(busy, copied, 'have its tables copied')
  }

  async #copy(from: Activation, to: Isolate, budgetMs: number): Promise<CopyFigures> {
    const { isolate, slot } = from
    const { leave, enter } = this.#path
    const { port1, port2 } = new MessageChannel()
    const received = to.receiveTables({ id: this.#process.id, port: port2, migration: enter })
    const sent = isolate.sendTables({ slot, port: port1, migration: leave, budgetMs })
    const [figures] = await Promise.all([sent, received])
    if (figures !== undefined) return figures
    from.checkHere()
    // The sender gives up when the other side of the channel has gone.
    throw isolateExited(await to.exited)
  }

  /** Throws away what has gone over. */
  stop(): void {
    if (this.#from === undefined || this.#from.exit !== undefined || this.#from.hasLeft) return
    void this.#from.isolate.stopSending(this.#from.slot).catch(() => undefined)
  }

  /** Undefined where nothing was copied. */
  report({ recordsLeft }: ExportedStates): CopyReport | undefined {
    if (this.#figures === undefined) return undefined
    const { records, bytes, rounds } = this.#figures
    return { records, bytes, rounds, recordsLeft }
  }
}
