import { restorePrototypes } from '../../../src/protocol/bytes/prototypes.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { STREAM_WINDOW } from '../../../src/protocol/wire/streams.ts'
import type { Feed, InputEnd, InputPosition } from '../../../src/protocol/wire/streams.ts'
import { decodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { StoppingPoint } from './stopping-point.ts'

/** Tells main how many items have been taken, and up to which more are wanted. */
type TellNeed = (taken: number, until: number) => void

/** The items of one call, as main sends them. Its handler takes them one by one. */
export class InputItems {
  readonly #waiting: unknown[]
  readonly #point: StoppingPoint
  readonly #tell: TellNeed
  #end: InputEnd | undefined
  #taken: number
  #after: unknown
  #until: number

  constructor(position: InputPosition, point: StoppingPoint, tell: TellNeed) {
    const { taken, after, waiting, end } = position
    this.#waiting = [...waiting]
    this.#end = end
    this.#taken = taken
    this.#after = after
    this.#until = taken
    this.#point = point
    this.#tell = tell
  }

  get taken(): number {
    return this.#taken
  }

  /** The last item that has been taken. */
  get after(): unknown {
    return this.#after
  }

  /** One that has come with the message comes again where both have crossed. */
  receive({ at, end, item, prototypes }: Feed): void {
    restorePrototypes(prototypes)
    if (end !== undefined) this.#end = end
    else if (at === this.#taken + this.#waiting.length) this.#waiting.push(item)
    this.#point.wake()
  }

  /** Says how many have been taken: behind that nothing is taken here. */
  settle(): void {
    this.#tell(this.#taken, this.#until)
  }

  /** For one handler, which reads it once. */
  reader(): AsyncIterable<unknown> {
    let isTaken = false
    return {
      [Symbol.asyncIterator]: () => {
        if (isTaken) throw locked()
        isTaken = true
        return { next: () => this.#next(), return: () => Promise.resolve(done) }
      },
    }
  }

  async #next(): Promise<IteratorResult<unknown, undefined>> {
    this.#ask()
    const mayGoOn = (): boolean => this.#waiting.length > 0 || this.#end !== undefined
    if (!(await this.#point.pass(mayGoOn))) throw ended(this.#point.isCancelled)
    if (this.#waiting.length > 0) return { done: false, value: this.#take() }
    if (this.#end === 'done' || this.#end === undefined) return done
    throw decodeThrown(this.#end)
  }

  #take(): unknown {
    this.#after = this.#waiting.shift()
    this.#taken++
    return this.#after
  }

  /** Half a window at a time. */
  #ask(): void {
    if (this.#end !== undefined || this.#until - this.#taken > STREAM_WINDOW / 2) return
    this.#until = this.#taken + STREAM_WINDOW
    this.#tell(this.#taken, this.#until)
  }
}

const done = { done: true, value: undefined } as const

function locked(): MoultError {
  const expected = 'one reader'
  const received = 'another'
  const message = `the payload is read already: a stream has ${expected}`
  return new MoultError('STREAM_LOCKED', message, { expected, received })
}

function ended(isCancelled: boolean): MoultError {
  const why = isCancelled ? 'nothing waits for it any more' : 'another goes on with its stream'
  return new MoultError('CALL_ABORTED', `this handler is to end: ${why}`)
}
