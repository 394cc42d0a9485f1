import type { MessagePort } from 'node:worker_threads'
import type { Migration } from './migration.ts'
import type { WireThrown } from './thrown.ts'

/** Asks an isolate to send the tables of a process ahead of its state, while the process goes on. */
export interface SendRequest {
  readonly slot: number
  /** Carries chunks there, and answers back. */
  readonly port: MessagePort
  readonly migration: Migration
  /** How long (ms) the rest may take in the pause; Infinity without a limit. */
  readonly budgetMs: number
}

/** Asks the isolate of the next version to take tables that are sent ahead. */
export interface ReceiveRequest {
  /** Id of the process. */
  readonly id: string
  readonly port: MessagePort
  readonly migration: Migration
}

/** Figures of the tables that were sent ahead. */
export interface CopyFigures {
  /** Records that were sent, repeats included. */
  readonly records: number
  readonly bytes: number
  /** How many rounds of changes were sent, the first included. */
  readonly rounds: number
  /** Changed records that were not sent when the copying ended. */
  readonly left: number
  /** How long (ms) a record took, on both sides together. */
  readonly msPerRecord: number
}

/** An answer of the receiver: the number of applied chunks and the time (ms) of the last, or an error. */
export type ChunkAnswer =
  { readonly applied: number; readonly ms: number } | { readonly error: WireThrown }
