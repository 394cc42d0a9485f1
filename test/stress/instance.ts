import type { AnyDefinition, ProcessRef } from 'moult'
import type { Order } from './fixtures/behaviour.ts'
import type { GraphModel } from './graph-model.ts'

/** What the driver knows of a message it has sent, or has had sent by a process. */
export interface Note {
  readonly id: number
  readonly stream: number
  readonly operation: string
  /** An inner message is sent on by a process: whether it was accepted is known only where that process said so. */
  readonly kind: 'call' | 'cast' | 'inner'
  readonly transfers: boolean
  readonly sentAt: number
  /** `ok`, `accepted` or the code of an error; undefined while it is open. */
  outcome: string | undefined
  /** Whether the process was given up while its handler ran. */
  wasAmidst?: boolean
}

/** From a tick on, these versions may handle messages. */
interface Allowance {
  readonly tick: number
  readonly versions: ReadonlySet<number>
}

/** An upgrade during which no other touched the process: the version changes once, or not at all. */
export interface Span {
  readonly begin: number
  readonly end: number
  readonly from: number
  /** The same as `from` when the upgrade was rejected. */
  readonly to: number
}

/** What a reference offers whose types have been forgotten: operations are drawn at random. */
export interface LooseRef {
  call(name: string, payload?: unknown): Promise<unknown>
  cast(name: string, payload?: unknown): void
}

/** One process as the driver's books have it, from its spawn to its stop. */
export class Instance {
  readonly index: number
  readonly name: string
  readonly ref: ProcessRef<AnyDefinition>
  /** Whether its mailbox drops what it has accepted. */
  readonly drops: boolean
  /** What it should hold; undefined where it holds no graph. */
  graph: GraphModel | undefined
  notes: Note[] = []
  /** Codes of casts that were accepted and then lost. */
  readonly lostCasts: string[] = []
  castsThatThrew = 0
  crashes = 0
  restarts = 0
  isStopping = false
  hasStopped = false
  /** It was ended in the midst of an endless handler: replies behind it could not go out any more. */
  wasKilled = false
  readonly timeline: Allowance[]
  readonly spans: Span[] = []
  #openMoves = 0
  #overlapped = false
  readonly #streams = new Map<string, number>()

  constructor(
    index: number,
    name: string,
    ref: ProcessRef<AnyDefinition>,
    drops: boolean,
    versions: readonly number[],
  ) {
    this.index = index
    this.name = name
    this.ref = ref
    this.drops = drops
    this.timeline = [{ tick: 0, versions: new Set(versions) }]
  }

  get loose(): LooseRef {
    return this.ref
  }

  /** Whether more than one upgrade has touched it since none did. */
  get isShared(): boolean {
    return this.#overlapped
  }

  get version(): number {
    return Number.parseInt(this.ref.version)
  }

  stream(sender: string, next: () => number): number {
    const known = this.#streams.get(sender) ?? next()
    this.#streams.set(sender, known)
    return known
  }

  /** An upgrade to `target` begins: from now on either version may answer. */
  beginMove(tick: number, target: number): void {
    this.#overlapped = this.#openMoves > 0
    this.#openMoves++
    const versions = new Set(this.timeline.at(-1)?.versions).add(target)
    this.timeline.push({ tick, versions })
  }

  /** It has ended: once none is open, only one version may answer. */
  endMove(begin: number, tick: number, from: number): void {
    this.#openMoves--
    if (this.#openMoves > 0) return
    const to = this.version
    this.timeline.push({ tick, versions: new Set([to]) })
    if (!this.#overlapped) this.spans.push({ begin, end: tick, from, to })
  }

  /** The versions that may handle a message which starts at `tick`. */
  allowedAt(tick: number): ReadonlySet<number> {
    const allowance = this.timeline.findLast((each) => each.tick <= tick)
    return allowance?.versions ?? new Set()
  }
}

export type OrderFor = Order & Readonly<Record<string, unknown>>
