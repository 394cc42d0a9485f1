/**
 * The data plane: all that crosses between main and an isolate in order, grouped by sender.
 * Messages and replies go in batches of runs (`runs.ts`).
 * The swap itself (`requests.ts`) goes here too and not over Comlink:
 * it has to stay in order with the messages around it, and each answer it need not wait for shortens the pause.
 */
import type { CheckpointRule } from '../definition/checkpoint-rule.ts'
import type { LogLevel } from '../definition/context.ts'
import type { TraceContext } from '../definition/trace.ts'
import type { WireFields } from './log-fields.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import type { CheckpointFailed, CheckpointMade } from './checkpoints.ts'
import type { Answer } from './pending-requests.ts'
import type { Request } from './requests.ts'
import type { EndLink, SetLink } from './links.ts'
import type { EndMonitor, SetMonitor } from './monitors.ts'
import type { WireThrown } from './thrown.ts'
import type { Demand, Feed, Need } from './streams.ts'
import type { CancelTimer, SetTimer } from './timers.ts'

/** The kind of a run of {@link Replies}: how its messages ended. */
export const Outcome = {
  /** A call's reply. */
  Reply: 0,
  /** A call's handler threw; the value is a `WireThrown`. */
  CallThrew: 1,
  /** A cast's handler threw; the value is a `WireThrown`. */
  CastThrew: 2,
  /** All messages before this sequence number have finished; says so of casts, which have no reply. */
  Progress: 3,
  /**
   * This message has finished and has no reply. For casts that are handled beside others, of which progress says
   * nothing.
   */
  Finished: 4,
  /** The end of an {@link Control}: the process has its first state. */
  Initialised: 5,
  /** The process could not be made; the value is a `WireThrown`. */
  NotInitialised: 6,
  /** The process is gone from its slot and no handler of it runs. */
  Deactivated: 7,
  /** An event: in place of a sequence number stands that of the event, and the value is its data. */
  Event: 8,
  /** The next item of a stream. */
  Item: 9,
} as const

export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/**
 * What a batch asks of an isolate beside handling messages: kinds of runs, told apart from operations by being
 * negative.
 */
export const Control = {
  /** Make a process by `init`. The value is a {@link Birth}; the slot's progress cell has been placed. */
  Init: -2,
  /** Forget the process of the slot. */
  Deactivate: -3,
} as const

/** Whether a kind of run is a {@link Control}. Operations have numbers above and below. */
export function isControl(kind: number): boolean {
  return kind <= Control.Init && kind >= Control.Deactivate
}

/**
 * A process to be made: its id, its name, what `init` is given, and how often its state is copied, where it has been
 * spawned with that.
 */
export type Birth = readonly [
  id: string,
  name: string,
  args: unknown,
  checkpoint?: CheckpointRule | false | undefined,
]

/** The sequence number of a control, which has none. */
export const NO_SEQUENCE = -1

// From main.

/**
 * Messages for the processes of the isolate, in order: runs whose kind is the operation's number and whose values are
 * payloads. A batch is posted as it is: a wrapper would cost more to clone than a short batch.
 */
export type Deliver = readonly unknown[]

/**
 * One message whose buffers moved with it. It cannot be delivered twice, so the isolate that receives it handles it.
 */
export interface DeliverMoved {
  readonly type: 'deliver-moved'
  readonly slot: number
  readonly sequence: number
  readonly operation: number
  readonly payload: unknown
  readonly prototypes?: Prototypes | undefined
}

/** The caller of this message has stopped waiting, or that caller's own caller. */
export interface Forget {
  readonly type: 'forget'
  readonly slot: number
  readonly sequence: number
  /** Whether it is left out if its turn has not come. Else its reply is still waited for. */
  readonly isLeftOut: boolean
  /** What the signal of its handler says. */
  readonly reason: WireThrown
}

/** Go on with the state you have. */
export interface RollBack {
  readonly type: 'roll-back'
  readonly slot: number
}

/** More progress cells: slots that follow lie in this page. */
export interface MoreProgress {
  readonly type: 'more-progress'
  readonly page: SharedArrayBuffer
}

/** Several messages in one post, in order. */
export interface Several<Message> {
  readonly type: 'several'
  readonly messages: readonly Message[]
}

/** Start handling: every process that is upgraded together has entered. */
export interface Go {
  readonly type: 'go'
  readonly slot: number
}

/** No newer version takes over from the process that asked for one: go on. */
export interface Stay {
  readonly type: 'stay'
  readonly slot: number
}

/** The process has another name. */
export interface Rename {
  readonly type: 'rename'
  readonly slot: number
  readonly name: string
}

/** The upgrade that has waited for the process is given up. */
export interface GivenUp {
  readonly type: 'given-up'
  readonly slot: number
}

/** All that main posts. Only a batch of runs has no type. */
export type FromMain =
  | Deliver
  | DeliverMoved
  | Forget
  | RollBack
  | MoreProgress
  | Go
  | Stay
  | Rename
  | GivenUp
  | Demand
  | Feed
  | Answer
  | Request
  | Several<FromMain>

// From an isolate.

/** How messages ended: runs whose kind is an {@link Outcome}. */
export type Replies = readonly unknown[]

/** A call or cast of one process to another. Casts have no `request` number and get no answer. */
export interface OutgoingCall {
  readonly type: 'outgoing-call'
  readonly slot: number
  /** The message whose handler sends it. Undefined where `init` does. */
  readonly sequence: number | undefined
  readonly request: number | undefined
  readonly process: string
  readonly name: string
  readonly payload: unknown
  readonly prototypes?: Prototypes | undefined
  readonly trace?: TraceContext
}

/** A handler asks for the newest version of its own code. Nothing is handled until {@link Stay} or a suspend. */
export interface UpgradeSelf {
  readonly type: 'upgrade-self'
  readonly slot: number
}

/** The handler of this message needs the state no more: the process may suspend without it. */
export interface LetGo {
  readonly type: 'let-go'
  readonly slot: number
  readonly sequence: number
}

/** A line of a process's log. */
export interface LogLine extends WireFields {
  readonly type: 'log'
  /** -1 for what `onLoad` writes: there is no process yet. */
  readonly slot: number
  readonly level: LogLevel
  readonly message: string
}

/** A table has been made in this isolate: from now on states may have some. */
export interface FirstTable {
  readonly type: 'first-table'
}

/** At what the code of a version is. */
export type Activity =
  | 'load'
  | 'init'
  | 'call'
  | 'cast'
  | 'codeChange'
  | 'downgrade'
  | 'abort'
  | 'open'
  | 'save'
  | 'close'

/** The code has left a rejection or an error unhandled. The thread goes on. */
export interface Unhandled {
  readonly type: 'unhandled'
  /** The process that started what failed. It may have left this isolate, or ended. */
  readonly process: { readonly id: string; readonly name: string } | undefined
  /** The image, as a `file:` URL, and the version that it declares. */
  readonly url: string
  readonly version: string
  /** Undefined where it is not known who started it. */
  readonly during: Activity | undefined
  /** The name of the call or cast. */
  readonly name: string | undefined
  readonly error: WireThrown
}

/**
 * What main is asked for a process: to send a message, now, at its time or at the end of another, a link, or to keep its
 * state.
 */
export type Outgoing =
  | OutgoingCall
  | SetTimer
  | CancelTimer
  | SetMonitor
  | EndMonitor
  | SetLink
  | EndLink
  | CheckpointMade
  | CheckpointFailed

/** What an isolate says of one slot, beside replies. */
export type FromSlot = Outgoing | UpgradeSelf | LetGo | LogLine | Need

/** All that an isolate posts. Only a batch of runs has no type. */
export type FromIsolate =
  Replies | FromSlot | FirstTable | Unhandled | Answer | Several<FromIsolate>
