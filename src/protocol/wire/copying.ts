import type { MessagePort } from 'node:worker_threads'
import type { Migration } from './migration.ts'
import type { WireThrown } from './thrown.ts'

/** Asks an isolate to send the tables of a process ahead of its state, while the process goes on. */
export interface SendRequest {
  readonly slot: number
  /** Where chunks go, and what became of them comes back. */
  readonly port: MessagePort
  readonly migration: Migration
  /** How long (ms) what is left may take in the pause; Infinity where nobody has said. */
  readonly budgetMs: number
}

/** Asks the isolate of the next version to take tables that are sent ahead. */
export interface ReceiveRequest {
  /** The process, whose state will follow. */
  readonly id: string
  readonly port: MessagePort
  readonly migration: Migration
}

/** What was sent ahead. */
export interface CopyFigures {
  /** Records that were sent, those that were sent again included. */
  readonly records: number
  readonly bytes: number
  /** How many times what had changed was sent, the first round included. */
  readonly rounds: number
  /** Records that had changed since, when the copying ended. */
  readonly left: number
  /** How long (ms) a record took, on both sides together. */
  readonly msPerRecord: number
}

/** What a receiver says of chunks: up to which all are in place and how long (ms) the last took, or why not. */
export type ChunkAnswer =
  { readonly applied: number; readonly ms: number } | { readonly error: WireThrown }
