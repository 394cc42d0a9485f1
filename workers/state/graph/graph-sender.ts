import { getHeapStatistics } from 'node:v8'
import { resourceLimits } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { NEXT_VERSION } from '../../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../../src/protocol/bytes/destination.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import { figuresOfWhole } from '../../../src/protocol/wire/copying.ts'
import type { CopyFigures } from '../../../src/protocol/wire/copying.ts'
import { reasonOf } from '../../../src/protocol/reason.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { SliceSender } from '../../tables/slice-sender.ts'
import type { SliceSource, Taken } from '../../tables/slice-sender.ts'
import type { GraphPayload } from '../../tables/table-state.ts'
import { GraphSource } from './graph-source.ts'
import { packState } from '../state-bytes.ts'
import { NotCarried } from './not-carried.ts'
import { RoundLimit } from './round-limit.ts'
import { packSlice } from './slice-bytes.ts'
import type { GraphSlice } from './slice.ts'

/** Once little is left, a look at all objects is followed by so many times the time that it took. */
const FOLLOW_SHARE = 4
/** It is followed by this time (ms) at least. */
const FOLLOW_MS = 1

/** So many objects are proved to be data before others have the thread. */
const PROVED_AT_ONCE = 2048

/** After so many slices it is looked how much memory is left. */
const CHECK_EVERY = 32
/**
 * The thread may use this share of the memory that it may have: at the limit it would end, and its state with it. The
 * thread of the next version has the state, a copy for the dry run, and what is made of that.
 */
const MOST_MEMORY = 0.5

/**
 * Sends the objects of a live state ahead of it. Whatever goes wrong with that, the state can go as a whole: there it is
 * told what it has that is no data.
 */
export class GraphSender extends SliceSender<GraphSlice> {
  readonly #sent: SentGraph
  #whole: string | undefined
  #proving: NodeJS.Immediate | undefined

  constructor(
    state: () => unknown,
    port: MessagePort,
    budgetMs: number,
    destination = NEXT_VERSION,
  ) {
    const sent = new SentGraph(state, budgetMs, destination)
    super(sent, port, budgetMs)
    this.#sent = sent
  }

  /** Why the state goes as a whole. Undefined where it does not. */
  get whole(): string | undefined {
    if (this.failure !== undefined) this.#whole ??= reasonOf(this.failure.reason)
    return this.#whole
  }

  /** Figures, also where the state has to go as a whole. */
  get figures(): Promise<CopyFigures | undefined> {
    return this.settled.catch((error: unknown) => {
      return figuresOfWhole(this.abandon(reasonOf(error)))
    })
  }

  /** The rest, for the pause. Undefined where the state has to go as a whole. */
  finishOrAbandon(): GraphPayload | undefined {
    try {
      const rest = this.finish()
      this.#prove(0)
      return rest
    } catch (error) {
      this.abandon(reasonOf(error))
      return undefined
    }
  }

  /** Lets the receiver keep a copy of the state as it is now. False where the state has to go as a whole. */
  catchUpOrAbandon(): boolean {
    try {
      this.catchUp()
      return true
    } catch (error) {
      this.abandon(reasonOf(error))
      return false
    }
  }

  override rollBack(): void {
    clearImmediate(this.#proving)
    super.rollBack()
  }

  /** In slices, for others may live in this thread. The state does not change: its process stands still. */
  #prove(from: number): void {
    this.#proving = setImmediate(() => {
      if (this.hasEnded) return
      try {
        const next = this.#sent.prove(from)
        if (next === undefined) this.tell({ proof: undefined })
        else this.#prove(next)
      } catch (error) {
        this.tell({ proof: encodeThrown(this.#sent.refusal(error)) })
      }
    })
  }

  /** Sends nothing more: the state goes as a whole. @returns why. */
  abandon(why: string): string {
    this.#whole ??= why
    this.stop()
    return why
  }
}

class SentGraph implements SliceSource<GraphSlice> {
  readonly roundSize = Infinity
  readonly isInRound = true
  readonly #state: () => unknown
  readonly #destination: Destination
  readonly #limit: RoundLimit
  #graph: GraphSource | undefined
  /** How long the round has taken, and the one before. */
  #ms = 0
  #lastMs = 0
  #takes = 0

  constructor(state: () => unknown, budgetMs: number, destination: Destination) {
    this.#state = state
    this.#destination = destination
    this.#limit = new RoundLimit(budgetMs)
  }

  /** Whether it has gone on for long. */
  get isLate(): boolean {
    return this.#limit.isReached(performance.now())
  }

  get left(): number {
    return this.#graph?.changed ?? 0
  }

  get leftSize(): number {
    return this.#graph?.changedSize ?? 0
  }

  get followMs(): number {
    return Math.max(FOLLOW_MS, FOLLOW_SHARE * this.#lastMs)
  }

  take(most: number): Taken<GraphSlice> | undefined {
    const began = performance.now()
    this.#limit.begin(began)
    if (this.#takes++ % CHECK_EVERY === 0) checkMemory()
    this.#graph ??= this.#begun()
    const taken = this.#graph.take(most)
    const now = performance.now()
    this.#ms += now - began
    if (taken !== undefined) {
      const { slice, size, records } = taken
      return { slices: slice === undefined ? [] : [slice], size, records }
    }
    this.#limit.endRound(now)
    this.#lastMs = this.#ms
    this.#ms = 0
    return undefined
  }

  rest(): Taken<GraphSlice> {
    this.#graph ??= this.#begun()
    const slices = [this.#graph.rest()]
    const { changed } = this.#graph
    return { slices, size: changed, records: changed }
  }

  #begun(): GraphSource {
    return new GraphSource(this.#state(), this.#destination.declared)
  }

  prove(from: number): number | undefined {
    return this.#graph?.prove(from, PROVED_AT_ONCE)
  }

  /** What a whole state is refused for. */
  refusal(found: unknown): unknown {
    try {
      packState(this.#state(), this.#destination)
      return found
    } catch (error) {
      return error
    }
  }

  encode(slice: GraphSlice): Payload {
    return packSlice(slice)
  }

  end(): void {
    this.#graph = undefined
  }
}

/** What is kept of a state takes about as much memory as the state. */
function checkMemory(): void {
  const { used_heap_size: used, heap_size_limit: ofAll } = getHeapStatistics()
  const { maxOldGenerationSizeMb: ofOld = 0 } = resourceLimits
  const limit = ofOld > 0 ? Math.min(ofAll, ofOld * 2 ** 20) : ofAll
  if (used > limit * MOST_MEMORY) throw new NotCarried('its thread has too little memory for that')
}
