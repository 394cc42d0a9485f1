import { heldBy, joined, keepPrototypes, prototypesOf } from '../bytes/prototypes.ts'
import type { WireThrown } from './thrown.ts'

/** How many items of a stream may be on the way to its reader, or wait there. */
export const STREAM_WINDOW = 16

/**
 * The payload of a message with a stream, and how far its streams have come. Main keeps it: delivered again, to this
 * version or the next, it says where to go on. Positions count items from the first on, so that what is said twice, or
 * crosses with something else, does no harm.
 */
export interface StreamedPayload {
  /** What the handler is given. Undefined where an input takes its place. */
  readonly payload: unknown
  /** What it yields. Undefined for a call with one reply. */
  readonly output: OutputPosition | undefined
  /** The items that it is given one by one. */
  readonly input: InputPosition | undefined
}

/** How far an output has come. */
export interface OutputPosition {
  /** How many items main has received. */
  count: number
  /** The last of them. */
  after: unknown
  /** So many may be sent, from the first on. */
  until: number
}

/** How far an input has come. */
export interface InputPosition {
  /** How many items the handler has taken. */
  taken: number
  /** The last of them. */
  after: unknown
  /** Items that it has not taken, as far as they have been read. */
  readonly waiting: unknown[]
  /** How the input ends behind them. Undefined where it goes on. */
  end: InputEnd | undefined
  /** Whether the handler is given a `ReadableStream`. */
  readonly isReadable: boolean
}

/** How an input has ended: by itself, or with an error. */
export type InputEnd = 'done' | WireThrown

/** From main: items of an output up to this position may be sent. */
export interface Demand {
  readonly type: 'demand'
  readonly slot: number
  readonly sequence: number
  readonly until: number
}

/** From main: an item of an input, or its end. */
export interface Feed {
  readonly type: 'feed'
  readonly slot: number
  readonly sequence: number
  readonly at: number
  /** Where it is the end, there is no item. */
  readonly end: InputEnd | undefined
  readonly item: unknown
  readonly prototypes: ReturnType<typeof prototypesOf>
}

/** From an isolate: the handler has taken so many items of its input, and items up to `until` may be sent. */
export interface Need {
  readonly type: 'need'
  readonly slot: number
  readonly sequence: number
  readonly taken: number
  readonly until: number
}

/** Notes the prototypes of all that a payload holds, for its next delivery. */
export function markStreamed(streamed: StreamedPayload): void {
  const { payload, output, input } = streamed
  const own = heldBy(streamed, prototypesOf(payload))
  // Items have nothing that is declared.
  const items = [output?.after, input?.after, ...(input?.waiting ?? [])]
  const kept = items.flatMap((each) => prototypesOf(each) ?? [])
  if (own === undefined && kept.length === 0) return
  const all = own === undefined ? kept : [own, ...kept]
  keepPrototypes(streamed, { ...own, ...joined(all) })
}
