import type { MessagePort } from 'node:worker_threads'
import { movesWith, pack, sizeOf } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import type { ChunkAnswer, CopyFigures } from '../../src/protocol/wire/copying.ts'
import { Deferred } from '../../src/protocol/deferred.ts'
import { chunkSize } from '../../src/protocol/definition/table-chunk.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { decodeError } from '../../src/protocol/wire/thrown.ts'
import { CopyPace } from './copy-pace.ts'
import { refusalOfRecords } from './record-migration.ts'
import type { RecordMigration } from './record-migration.ts'
import type { LeftTables } from './left-tables.ts'

/** The most chunks on their way: the receiver always has work, and is never far behind. */
const WINDOW = 3
/** How long (ms) the sender waits, after the rest was small, before it looks again. */
const FOLLOW_MS = 1

/**
 * Sends the tables of a live state ahead of it, in slices between which messages are handled: first all records, then,
 * round after round, those that have changed. When little is left it reports so, and then follows the changes until the
 * state is handed over.
 */
export class TableSender {
  readonly #tables: LeftTables
  readonly #port: MessagePort
  /** The record step of a downgrade, which runs in the version that is left. */
  readonly #migration: RecordMigration
  readonly #pace: CopyPace
  readonly #settled = new Deferred<CopyFigures | undefined>()
  #sent = 0
  #applied = 0
  #bytes = 0
  /** Chunks for the state to take along. */
  readonly #unsent: TableChunk[] = []
  #left = 0
  #isRoundOver = false
  /** The time since which the next slice waits for messages. */
  #waitsSince = 0
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  /** Whether to send nothing: the state has been encoded, or the copying has ended. */
  #isResting = false
  #hasEnded = false

  constructor(tables: LeftTables, port: MessagePort, migration: RecordMigration, budgetMs: number) {
    this.#tables = tables
    this.#port = port
    this.#migration = migration
    this.#pace = new CopyPace(budgetMs)
    port.on('message', (answer: ChunkAnswer) => this.#onAnswer(answer))
    // The receiver's thread has gone, which the hand-over notices by itself.
    port.on('close', () => this.#end())
    this.#goOn()
  }

  /** Resolves when little is left; to undefined when the copying was stopped. Rejects with an error of either side. */
  get settled(): Promise<CopyFigures | undefined> {
    return this.#settled.promise
  }

  /** The rest, for the pause. Nothing is sent until {@link rollBack}. */
  finish(): { readonly sent: number; readonly chunks: readonly TableChunk[] } {
    const chunks = this.#unsent
    this.#left = 0
    for (let chunk = this.#tables.take(Infinity); chunk; chunk = this.#tables.take(Infinity)) {
      this.#left += chunkSize(chunk)
      chunks.push(...this.#migration.migrate(chunk))
    }
    this.#rest()
    return { sent: this.#sent, chunks }
  }

  /** Goes on after a hand-over that failed. */
  rollBack(): void {
    if (this.#hasEnded) return
    this.#isResting = false
    for (const chunk of this.#unsent.splice(0)) this.#post(chunk)
    this.#goOn()
  }

  /** The number of records left. */
  get left(): number {
    return this.#left
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Stops the copying: the receiver drops its tables. */
  stop(): void {
    this.#end()
    this.#port.close()
  }

  #goOn(): void {
    if (this.#isResting || this.#turn !== undefined) return
    this.#waitsSince = performance.now()
    // Behind messages that have arrived meanwhile.
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.#slice()
    })
  }

  #slice(): void {
    try {
      if (this.#sent - this.#applied >= WINDOW) return
      const began = performance.now()
      const chunk = this.#tables.take(this.#pace.sliceRecords)
      if (chunk !== undefined) this.#send(chunk, began)
      this.#isRoundOver = chunk === undefined || this.#pace.isRoundOver(this.#tables.isFirstRound)
      if (!this.#isRoundOver) this.#goOn()
      else if (this.#sent === this.#applied) this.#endRound()
    } catch (error) {
      this.#fail(error)
    }
  }

  #send(chunk: TableChunk, began: number): void {
    for (const part of this.#migration.migrate(chunk)) this.#post(part)
    this.#pace.sent(chunkSize(chunk), performance.now() - began, began - this.#waitsSince)
  }

  #post(chunk: TableChunk): void {
    const payload = encode(chunk)
    this.#bytes += sizeOf(payload)
    this.#sent++
    this.#port.postMessage(payload, movesWith(payload))
  }

  #onAnswer(answer: ChunkAnswer): void {
    if (this.#hasEnded) return
    if ('error' in answer) return this.#fail(decodeError(answer.error))
    this.#applied = answer.applied
    this.#pace.applied(answer.ms)
    if (!this.#isRoundOver) this.#goOn()
    else if (this.#sent === this.#applied) this.#endRound()
  }

  /** Ends a round: every record sent is in place. */
  #endRound(): void {
    this.#isRoundOver = false
    if (this.#isResting) return
    const { noted: left } = this.#tables
    if (!this.#pace.isEnough(left)) {
      this.#pace.beginRound(left)
      return this.#goOn()
    }
    const { records, rounds, msPerRecord } = this.#pace
    this.#settled.resolve({ records, bytes: this.#bytes, rounds, left, msPerRecord })
    this.#timer = setTimeout(() => this.#endRound(), FOLLOW_MS)
  }

  #fail(error: unknown): void {
    this.#settled.reject(error)
    this.stop()
  }

  #rest(): void {
    this.#isResting = true
    clearImmediate(this.#turn)
    this.#turn = undefined
    clearTimeout(this.#timer)
  }

  #end(): void {
    this.#hasEnded = true
    this.#rest()
    this.#tables.end()
    this.#settled.resolve(undefined)
  }
}

function encode(chunk: TableChunk): Payload {
  const { table, updated, added } = chunk
  const refusal = refusalOfRecords(table, updated, added)
  return sendExact([updated.values, added.values], refusal, (prototypes) => {
    return pack(prototypes === undefined ? chunk : { ...chunk, prototypes })
  })
}
