import type { CheckpointRule } from './checkpoint-rule.ts'

/** How a state is migrated: by a function, record by record, or not at all, for it is the same. */
export type StepKind = 'function' | 'records' | 'unchanged'

/** By the label of the other version: to which tables the records of a table go. */
export type TableMoves = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** What is done where a handler runs past its limit: it is told only, or the process ends as by a crash. */
export type OnHandlerTimeout = 'tell' | 'kill'

/** A version's description of itself, as data: read in an isolate, judged on main. */
export interface Contract {
  readonly version: string
  /** Names of the calls; the position is the operation's number on the wire. */
  readonly calls: readonly string[]
  /** Names of the casts; their numbers follow those of the calls. */
  readonly casts: readonly string[]
  /** Names of the events; the position is the event's number on the wire. Absent where there are none. */
  readonly emits?: readonly string[]
  /** Versions whose state this version can take over. */
  readonly codeChange: Readonly<Record<string, StepKind>>
  /** Versions to which this version can go back. */
  readonly downgrade: Readonly<Record<string, StepKind>>
  /** Which tables the steps record by record name. Absent where there are none. */
  readonly tableMoves?: {
    readonly codeChange: TableMoves
    readonly downgrade: TableMoves
  }
  /** Tables that this version names by itself: those with a factory or a schema. Absent where there are none. */
  readonly tableNames?: readonly string[]
  /** Whether it declares classes or codecs, so that a state may have such values. Absent where it does not. */
  readonly declares?: true
  /** Messages of older versions that this version translates; their numbers on the wire follow those of the casts. */
  readonly upcasts: readonly UpcastName[]
  /** Whether a state is checked by a schema. Absent where it is not. */
  readonly checksState?: boolean
  /** Whether any payload is checked by a schema. */
  readonly checksPayloads: boolean
  readonly concurrency: number
  /** Calls whose streams the next version goes on with. Absent where there are none. */
  readonly resumable?: readonly string[]
  /** How long (ms) a handler may run, and what is done then. Absent where the definition does not say. */
  readonly handlerTimeoutMs?: number
  readonly onHandlerTimeout?: OnHandlerTimeout
  /** Whether it opens something beside the state, and whether only one incarnation may have that. Absent where not. */
  readonly live?: 'shared' | 'exclusive'
  /** Calls and casts that are handled again after a crash, behind the last checkpoint. Absent where there are none. */
  readonly replayable?: readonly string[]
  /** How often the states of its processes are copied to main. Absent where they are not. */
  readonly checkpoint?: CheckpointRule
}

/** Whether the next version goes on with streams of this call that another has begun. */
export function isResumable({ resumable }: Pick<Contract, 'resumable'>, name: string): boolean {
  return resumable?.includes(name) === true
}

/** A message of an older version that a newer one translates. */
export interface UpcastName {
  /** Label of the version that accepted the message. */
  readonly from: string
  readonly kind: 'call' | 'cast'
  readonly name: string
}

/** Number on the wire of the operation that replies with a copy of the state. */
export const READ_STATE = -1

/** The first of the numbers that ask for an operation in another way. */
const OTHER_WAYS = -4

/**
 * How an operation can be asked for, other than plainly:
 *
 * - `written`: payload and reply are what Comlink's transfer handlers wrote.
 * - `streamed`: with a stream as its payload, or in place of its reply.
 * - `replayed`, `writtenReplay`: once more, on an earlier state, after it has been answered.
 */
const otherWays = ['written', 'streamed', 'replayed', 'writtenReplay'] as const

/** One of them. */
export type OtherWay = (typeof otherWays)[number]

/** The number on the wire of the same operation, asked for in another way. */
export function numberInWay(operation: number, way: OtherWay): number {
  return OTHER_WAYS - otherWays.length * operation - otherWays.indexOf(way)
}

/** What {@link numberInWay} was made of. */
export function otherWay(number: number): { readonly operation: number; readonly way: OtherWay } {
  const distance = OTHER_WAYS - number
  const way = otherWays[distance % otherWays.length]
  if (way === undefined) throw new RangeError(`no operation ${number}`)
  return { operation: Math.floor(distance / otherWays.length), way }
}
