import type { MessagePort } from 'node:worker_threads'
import type { Payload } from '../bytes/payload.ts'
import type { CopyFigures, ReceiveRequest, SendRequest } from './copying.ts'
import type { Contract } from '../definition/contract.ts'
import type { Conversion } from './requests.ts'

/** What an isolate's thread is started with. */
export interface IsolateStart {
  /** The data plane. */
  readonly data: MessagePort
  /** The control plane: {@link IsolateControl} over Comlink. */
  readonly control: MessagePort
  /** The services lent by main, over Comlink. */
  readonly services: MessagePort
  /** Names of the services that are lent. */
  readonly serviceNames: readonly string[]
  /** The first page of progress cells of the processes it will host. */
  readonly progress: SharedArrayBuffer
}

/** The version an isolate is to load. */
export interface LoadRequest {
  /** The placed image, as a `file:` URL. */
  readonly url: string
  /** SHA-256 of that file, hex. */
  readonly digest: string
}

/** A message that waits, as an isolate of the next version is to try it. */
export interface AuditedMessage {
  /** Number of its operation in that version. */
  readonly operation: number
  readonly payload: unknown
}

/** Memory of one isolate's heap, in bytes. */
export interface IsolateMemory {
  readonly heapUsed: number
  /** Outside the heap, but held by it: buffers. */
  readonly external: number
}

/**
 * The control plane of an isolate: what is asked once in a while and may wait for its answer.
 * Errors that are thrown here cross with class, code and cause.
 */
export interface IsolateControl {
  /** Answers with the thread's number as soon as the thread runs. */
  hello(): number
  /** Imports an image and says what it defines. Once in an isolate's life, unless it was refused as `IMAGE_CORRUPT`. */
  load(request: LoadRequest): Promise<Contract>
  /** How large such a copy is, in bytes. */
  stateSize(slot: number): Promise<number>
  /** Migrates a state that is handled elsewhere: a step on its way between two other versions. */
  convert(conversion: Conversion): Promise<Payload>
  /** Sizes of the large buffers of a process's state, as far as a short look finds them. */
  largeBuffers(slot: number): readonly number[]
  /** Gets memory of these sizes ready, for copies that will have to be made quickly in another isolate. */
  allocateBuffers(sizes: readonly number[]): Promise<ArrayBuffer[]>
  /** Takes such memory for the next copy of a process's state. */
  lendBuffers(slot: number, preallocated: readonly ArrayBuffer[]): void
  /** Whether the state has tables just now. */
  hasTables(slot: number): boolean
  /** Sends the tables of a process ahead. Resolves when little is left, undefined where that was given up; goes on until the state is handed over. */
  sendTables(request: SendRequest): Promise<CopyFigures | undefined>
  /** Ends that: the tables are no longer followed, and the other side throws away what it has. */
  stopSending(slot: number): void
  /** Takes tables that are sent ahead of a state. */
  receiveTables(request: ReceiveRequest): void
  /** Tries messages on the schemas and upcasts of the version: why each does not fit, or null. */
  audit(messages: readonly (AuditedMessage | null)[]): Promise<(string | null)[]>
  /** Memory of the thread's heap, in bytes. */
  memory(): IsolateMemory
  /** Stops everything and ends the thread. Never answered: the thread's exit is the answer. */
  leave(): void
}
