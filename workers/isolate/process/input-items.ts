import { restorePrototypes } from '../../../src/protocol/bytes/prototypes.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { streamLocked } from '../../../src/protocol/stream-locked.ts'
import { STREAM_WINDOW } from '../../../src/protocol/wire/streams.ts'
import type { Feed, InputPosition } from '../../../src/protocol/wire/streams.ts'
import { decodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { StoppingPoint } from './stopping-point.ts'

/** Tells main how many items have been taken, and up to which more are wanted. */
type TellNeed = (taken: number, until: number) => void

/** The items of one call, as main sends them. Its handler takes them one by one. */
export class InputItems {
  /** Of this thread: main has its own. */
  readonly #position: InputPosition
  readonly #point: StoppingPoint
  readonly #tell: TellNeed
  #until: number

  constructor(position: InputPosition, point: StoppingPoint, tell: TellNeed) {
    this.#position = position
    this.#until = position.taken
    this.#point = point
    this.#tell = tell
  }

  get taken(): number {
    return this.#position.taken
  }

  /** The last item that has been taken. */
  get after(): unknown {
    return this.#position.after
  }

  /** One that has come with the message comes again where both have crossed. */
  receive({ at, end, item, prototypes }: Feed): void {
    restorePrototypes(prototypes)
    if (end !== undefined) this.#position.end = end
    else if (at === this.#position.taken + this.#position.waiting.length)
      this.#position.waiting.push(item)
    this.#point.wake()
  }

  /** Says how many have been taken: behind that nothing is taken here. */
  settle(): void {
    this.#tell(this.#position.taken, this.#until)
  }

  /** For one handler, which reads it once. */
  reader(): AsyncIterable<unknown> {
    let isTaken = false
    return {
      [Symbol.asyncIterator]: () => {
        if (isTaken) throw streamLocked('the payload')
        isTaken = true
        return { next: () => this.#next(), return: () => Promise.resolve(done) }
      },
    }
  }

  async #next(): Promise<IteratorResult<unknown, undefined>> {
    this.#ask()
    const mayGoOn = (): boolean =>
      this.#position.waiting.length > 0 || this.#position.end !== undefined
    if (!(await this.#point.pass(mayGoOn))) throw ended(this.#point.isCancelled)
    if (this.#position.waiting.length > 0) return { done: false, value: this.#take() }
    if (this.#position.end === 'done' || this.#position.end === undefined) return done
    throw decodeThrown(this.#position.end)
  }

  #take(): unknown {
    this.#position.after = this.#position.waiting.shift()
    this.#position.taken++
    return this.#position.after
  }

  /** Half a window at a time. */
  #ask(): void {
    if (this.#position.end !== undefined || this.#until - this.#position.taken > STREAM_WINDOW / 2)
      return
    this.#until = this.#position.taken + STREAM_WINDOW
    this.#tell(this.#position.taken, this.#until)
  }
}

const done = { done: true, value: undefined } as const

function ended(isCancelled: boolean): MoultError {
  const why = isCancelled ? 'nothing waits for it any more' : 'another goes on with its stream'
  return new MoultError('CALL_ABORTED', `this handler is to end: ${why}`)
}
