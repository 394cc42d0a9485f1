import type { Transferable } from 'node:worker_threads'

/** The sending half of a port, for tests of what posts: a message is copied when it is posted, or refused then, and waits to be read. */
export class MemoryPort {
  readonly #posted: unknown[] = []

  /** @throws DataCloneError as a port does; then nothing has been posted and nothing has moved. */
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#posted.push(structuredClone(message, { transfer: [...transfer] as ArrayBuffer[] }))
  }

  /** What has been posted since it was read last: the oldest of it, where no more are wanted. */
  read(count = this.#posted.length): unknown[] {
    return this.#posted.splice(0, count)
  }
}
