import type { MessagePort } from 'node:worker_threads'
import { movesWith, sizeOf } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import type {
  CopyFigures,
  CopyMark,
  ProofMark,
  RestMark,
  SliceAnswer,
} from '../../src/protocol/wire/copying.ts'
import { Deferred } from '../../src/protocol/deferred.ts'
import { decodeError } from '../../src/protocol/wire/thrown.ts'
import { CopyPace } from './copy-pace.ts'

/** The most slices on their way: the receiver always has work, and is never far behind. */
const WINDOW = 3

/** What was taken at once. */
export interface Taken<Slice> {
  readonly slices: readonly Slice[]
  /** How much work that was: what a slice is measured by. */
  readonly size: number
  /** How many records, or values of objects, there are in it. */
  readonly records: number
}

/** What is to go ahead of a state that is in use. */
export interface SliceSource<Slice> {
  /** How much has changed and was not taken. */
  readonly left: number
  /** How much work that is, in the measure of {@link Taken.size}. */
  readonly leftSize: number
  /** How much the next round takes; Infinity where it goes on to its end, which {@link take} tells. */
  readonly roundSize: number
  /** Whether a round that goes on to its end has not come there. */
  readonly isInRound: boolean
  /** Whether another round would not be worth its time. */
  readonly isLate: boolean
  /** How long (ms) to wait, after the rest was small, before it is looked again. */
  readonly followMs: number
  /** The next part; undefined when nothing is left for now. */
  take(most: number): Taken<Slice> | undefined
  /** All that has changed and was not taken. */
  rest(): Taken<Slice>
  encode(slice: Slice): Payload
  end(): void
}

/**
 * Sends parts of a live state ahead of it, in slices between which messages are handled: first all of them, then, round
 * after round, those that have changed. When little is left it reports so, and then follows the changes until the state
 * is handed over.
 */
export class SliceSender<Slice> {
  readonly #source: SliceSource<Slice>
  readonly #port: MessagePort
  readonly #pace: CopyPace
  readonly #settled = new Deferred<CopyFigures | undefined>()
  #sent = 0
  #applied = 0
  #records = 0
  #bytes = 0
  /** Slices for the state to take along. */
  readonly #unsent: Slice[] = []
  #left = 0
  #isRoundOver = false
  /** The time since which the next slice waits for messages. */
  #waitsSince = 0
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  /** Whether to send nothing: the state has been encoded, or the copying has ended. */
  #isResting = false
  #hasEnded = false
  #failure: { readonly reason: unknown } | undefined

  constructor(source: SliceSource<Slice>, port: MessagePort, budgetMs: number) {
    this.#source = source
    this.#port = port
    this.#pace = new CopyPace(budgetMs)
    port.on('message', (answer: SliceAnswer) => this.#onAnswer(answer))
    // The receiver's thread has gone, which the hand-over notices by itself.
    port.on('close', () => this.#end())
    this.#goOn()
  }

  /** Resolves when little is left; to undefined when the copying was stopped. Rejects with an error of either side. */
  get settled(): Promise<CopyFigures | undefined> {
    return this.#settled.promise
  }

  /** The rest, for the pause. Nothing is sent until {@link rollBack}. */
  finish(): { readonly sent: number; readonly slices: readonly Slice[] } {
    const { slices, records } = this.#source.rest()
    this.#left = records
    this.#unsent.push(...slices)
    this.#rest()
    this.tell({ awaitsRest: true })
    return { sent: this.#sent, slices: this.#unsent }
  }

  /** Sends the rest, of which the receiver keeps a copy, and goes on. */
  catchUp(): void {
    for (const slice of this.#source.rest().slices) this.#post(slice)
    this.tell({ keepsCopy: true })
  }

  /** Tells the receiver something of what was sent, or will be. */
  protected tell(mark: CopyMark | ProofMark | RestMark): void {
    this.#port.postMessage(mark)
  }

  /** Goes on after a hand-over that failed. */
  rollBack(): void {
    if (this.#hasEnded) return
    this.#isResting = false
    this.tell({ awaitsRest: false })
    try {
      for (const slice of this.#unsent.splice(0)) this.#post(slice)
    } catch (error) {
      return this.#fail(error)
    }
    this.#goOn()
  }

  /** How much the rest was. */
  get left(): number {
    return this.#left
  }

  /** Why it has ended by itself, be it before or behind {@link settled}. */
  get failure(): { readonly reason: unknown } | undefined {
    return this.#failure
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Stops the copying: the receiver drops what it has. */
  stop(): void {
    this.#end()
    this.tell({ awaitsRest: false })
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
      const taken = this.#source.take(this.#pace.sliceRecords)
      if (taken !== undefined) this.#send(taken, began)
      this.#isRoundOver = taken === undefined || this.#pace.isRoundOver(this.#source.isInRound)
      if (!this.#isRoundOver) this.#goOn()
      else if (this.#sent === this.#applied) this.#endRound()
    } catch (error) {
      this.#fail(error)
    }
  }

  #send({ slices, size, records }: Taken<Slice>, began: number): void {
    this.#records += records
    for (const slice of slices) this.#post(slice)
    this.#pace.sent(size, performance.now() - began, began - this.#waitsSince)
  }

  #post(slice: Slice): void {
    const payload = this.#source.encode(slice)
    this.#bytes += sizeOf(payload)
    this.#sent++
    this.#port.postMessage(payload, movesWith(payload))
  }

  #onAnswer(answer: SliceAnswer): void {
    if (this.#hasEnded) return
    if ('error' in answer) return this.#fail(decodeError(answer.error))
    this.#applied = answer.applied
    this.#pace.applied(answer.ms)
    if (!this.#isRoundOver) this.#goOn()
    else if (this.#sent === this.#applied) this.#endRound()
  }

  /** Ends a round: all that was sent is in place. */
  #endRound(): void {
    this.#isRoundOver = false
    if (this.#isResting) return
    const { left, leftSize, roundSize, followMs, isLate } = this.#source
    if (!isLate && !this.#pace.isEnough(leftSize)) {
      this.#pace.beginRound(leftSize, roundSize)
      return this.#goOn()
    }
    const { rounds, msPerRecord, msOfAll } = this.#pace
    const leftMs = leftSize * msPerRecord
    const records = this.#records
    this.#settled.resolve({ records, bytes: this.#bytes, rounds, left, leftMs, ...msOfAll })
    this.#timer = setTimeout(() => this.#follow(), followMs)
  }

  #follow(): void {
    if (this.#source.roundSize === Infinity) this.#goOn()
    else this.#endRound()
  }

  #fail(error: unknown): void {
    this.#failure = { reason: error }
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
    this.#source.end()
    this.#settled.resolve(undefined)
  }
}
