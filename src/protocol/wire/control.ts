import type { MessagePort } from 'node:worker_threads'
import type { Payload } from '../bytes/payload.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import type { CopiesAhead, CopyFigures, ReceiveRequest, SendRequest } from './copying.ts'
import type { Contract } from '../definition/contract.ts'
import type { Conversion, Converted } from './requests.ts'
import type { LentNames } from './service-calls.ts'

/** What a thread does where its code leaves a rejection or an error unhandled. */
export type OnUnhandled = 'continue' | 'exit'

/** Data with which an isolate's thread is started. */
export interface IsolateStart {
  /** The data plane. */
  readonly data: MessagePort
  /** The control plane: {@link IsolateControl} over Comlink. */
  readonly control: MessagePort
  /** Where functions that main lends are called. */
  readonly services: MessagePort
  /** Their names. */
  readonly lent: LentNames
  /** The first page of progress cells of the processes it will host. */
  readonly progress: SharedArrayBuffer
  /** Which of them has the thread: a `CurrentSlot`. */
  readonly current: SharedArrayBuffer
  /** Whether the thread loads an addon: an `AddonLoading`. */
  readonly addons: SharedArrayBuffer
  readonly onUnhandled: OnUnhandled
  /** Whether a state is looked at after each handler. */
  readonly checkStates: boolean
}

/** The version an isolate is to load. */
export interface LoadRequest {
  /** The placed image, as a `file:` URL. */
  readonly url: string
  /** SHA-256 of that file, hex. */
  readonly digest: string
  /** The environment variables of the version, where those of the thread differ: it was started before or later. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A waiting message that an isolate of the next version is to try. */
export interface AuditedMessage {
  /** Number of its operation in that version. */
  readonly operation: number
  readonly payload: unknown
  readonly prototypes?: Prototypes | undefined
}

/** Memory of one isolate's heap, in bytes. */
export interface IsolateMemory {
  readonly heapUsed: number
  /** Buffers outside the heap that it holds. */
  readonly external: number
}

/** The control plane of an isolate, for rare requests that may wait. Its errors cross with class, code and cause. */
export interface IsolateControl {
  /** Answers as soon as the thread runs and reads its messages. */
  hello(): void
  /** Imports an image and returns its contract. Once in an isolate's life, unless it was refused as `IMAGE_CORRUPT`. */
  load(request: LoadRequest): Promise<Contract>
  /** The size of a copy of the state, in bytes. */
  stateSize(slot: number): Promise<number>
  /** Migrates a state for a hop: one step between two other versions. */
  convert(conversion: Conversion): Promise<Converted>
  /** Sizes of the large buffers in a process's state, as far as a short search finds them. */
  largeBuffers(slot: number): readonly number[]
  /** Preallocates buffers of these sizes, for quick copies in another isolate. */
  allocateBuffers(sizes: readonly number[]): Promise<ArrayBuffer[]>
  /** Takes preallocated buffers for the next copy of a process's state. */
  lendBuffers(slot: number, preallocated: readonly ArrayBuffer[]): void
  /** The names of the tables that the state has now. */
  tableNames(slot: number): string[]
  /** What the state has now that may go ahead. */
  ahead(slot: number): CopiesAhead
  /**
   * Sends parts of a process's state ahead of it. Resolves when little is left, to undefined when it was stopped.
   * Goes on until the state is handed over.
   */
  sendAhead(request: SendRequest): Promise<CopyFigures | undefined>
  /** Stops that: changes are no longer followed, and the receiver drops what it has. */
  stopSending(slot: number): void
  /** Takes what is sent ahead of a state. */
  receiveAhead(request: ReceiveRequest): void
  /** The copy that was to be kept of what has been sent ahead of the process with this id. */
  takeCopy(id: string): Payload
  /** Tries messages on the schemas and upcasts of the version. Returns why each does not fit, or null. */
  audit(messages: readonly (AuditedMessage | null)[]): Promise<(string | null)[]>
  /** Memory of the thread's heap, in bytes. */
  memory(): IsolateMemory
  /** Stops everything and ends the thread. Never answered: the thread's exit is the answer. */
  leave(): void
}
