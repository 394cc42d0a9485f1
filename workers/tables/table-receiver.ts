import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { unpack } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import { restorePrototypes } from '../../src/protocol/bytes/prototypes.ts'
import type { ChunkAnswer } from '../../src/protocol/wire/copying.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'
import type { TableSet } from './table-set.ts'

/** Fills tables as their records arrive, ahead of the state. */
export class TableReceiver {
  readonly #port: MessagePort
  readonly #tables: TableSet
  #applied = 0
  #failed: { readonly reason: unknown } | undefined

  /** `onEnd` is called when the sender has stopped. */
  constructor(port: MessagePort, tables: TableSet, onEnd: () => void) {
    this.#port = port
    this.#tables = tables
    port.on('message', (payload: Payload) => this.#receive(payload))
    port.on('close', onEnd)
  }

  /**
   * The tables with all `sent` chunks; reads those that still wait in the port.
   * @throws the error of an earlier chunk
   */
  finish(sent: number): TableSet {
    for (
      let next = receiveMessageOnPort(this.#port);
      next;
      next = receiveMessageOnPort(this.#port)
    ) {
      this.#receive(next.message as Payload)
    }
    this.#port.close()
    if (this.#failed !== undefined) throw this.#failed.reason
    if (this.#applied !== sent) throw new RangeError(`${sent - this.#applied} chunks were lost`)
    return this.#tables
  }

  #receive(payload: Payload): void {
    if (this.#failed !== undefined) return
    const began = performance.now()
    try {
      const chunk = unpack(payload) as TableChunk
      restorePrototypes(chunk.prototypes)
      this.#tables.apply(chunk)
      this.#applied++
      this.#answer({ applied: this.#applied, ms: performance.now() - began })
    } catch (error) {
      this.#failed = { reason: error }
      this.#answer({ error: encodeThrown(error) })
    }
  }

  #answer(answer: ChunkAnswer): void {
    this.#port.postMessage(answer)
  }
}
