import type { MessagePort } from 'node:worker_threads'
import type { Migration } from './migration.ts'
import type { WireThrown } from './thrown.ts'

/** What goes ahead of a state: its tables, or the whole graph of its objects. */
export type CopiedParts = 'tables' | 'graph'

/** Asks an isolate to send parts of a process's state ahead of it, while the process goes on. */
export interface SendRequest {
  readonly slot: number
  readonly parts: CopiedParts
  /** Carries slices there, and answers back. Without one the copy is kept here, for a `downgrade` that runs here. */
  readonly port: MessagePort | undefined
  readonly migration: Migration
  /** How long (ms) the rest may take in the pause; Infinity without a limit. */
  readonly budgetMs: number
}

/** Asks the isolate of the next version to take what is sent ahead. */
export interface ReceiveRequest {
  readonly parts: CopiedParts
  /** Id of the process. */
  readonly id: string
  readonly port: MessagePort
  readonly migration: Migration
}

/** What a state has that may go ahead. */
export interface CopiesAhead {
  /** The names of its tables. */
  readonly tables: readonly string[]
  /** Whether the rest is so large that it is worth it. */
  readonly isLarge: boolean
  /** Sizes of the large buffers of a state that has nothing else to go ahead: memory is to be got ready for them. */
  readonly largeBuffers: readonly number[]
}

/** Figures of what was sent ahead. */
export interface CopyFigures {
  /** Why nothing of it counts: the state goes as a whole. */
  readonly whole?: string
  /** Records, or values of objects, that were sent, repeats included. */
  readonly records: number
  readonly bytes: number
  /** How many rounds of changes were sent, the first included. */
  readonly rounds: number
  /** Those that had changed and were not sent when the copying ended. */
  readonly left: number
  /** How long (ms) these take, on both sides together. */
  readonly leftMs: number
  /** How long (ms) all that there is takes to send, and to put together. */
  readonly sendMs: number
  readonly applyMs: number
}

/** The figures of a state that goes as a whole, and why it does. */
export function figuresOfWhole(whole: string): CopyFigures {
  const nothing = { records: 0, bytes: 0, rounds: 0, left: 0 }
  return { whole, ...nothing, leftMs: 0, sendMs: 0, applyMs: 0 }
}

/** Posted behind a slice: the receiver is to keep a copy of what it has then. */
export interface CopyMark {
  readonly keepsCopy: true
}

/**
 * Posted behind the rest: all that went over is data, or what was found that is none. The pause does not wait for it
 * before the other side has migrated.
 */
export interface ProofMark {
  readonly proof: WireThrown | undefined
}

/**
 * Whether the process has stopped, and the rest comes with its state: then what has come is kept, also where the old
 * thread ends. False when it goes on where it was, and may change what was proved, or when nothing will come.
 */
export interface RestMark {
  readonly awaitsRest: boolean
}

/** An answer of the receiver: the number of applied slices and the time (ms) of the last, or an error. */
export type SliceAnswer =
  { readonly applied: number; readonly ms: number } | { readonly error: WireThrown }
