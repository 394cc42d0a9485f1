import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import type { CopyMark, SliceAnswer } from '../../src/protocol/wire/copying.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'

/** What is built of slices. */
export interface SliceTarget {
  receive(payload: Payload): void
  /** A copy of what it has now. @throws MoultError `UNCLONEABLE_STATE` */
  copy(): Payload
}

/** Takes slices as they arrive, ahead of the state. */
export class SliceReceiver<Target extends SliceTarget> {
  readonly #port: MessagePort
  readonly #target: Target
  #applied = 0
  #copy: (() => Payload) | undefined
  #failed: { readonly reason: unknown } | undefined

  /** `onEnd` is called when the sender has stopped. */
  constructor(port: MessagePort, target: Target, onEnd: () => void) {
    this.#port = port
    this.#target = target
    port.on('message', (message: Payload | CopyMark) => this.#receive(message))
    port.on('close', onEnd)
  }

  /**
   * What all `sent` slices have made; reads those that still wait in the port. Nothing more is received.
   * @throws the error of an earlier slice
   */
  finish(sent: number): Target {
    this.#readAll()
    this.#port.close()
    if (this.#failed !== undefined) throw this.#failed.reason
    if (this.#applied !== sent) throw new RangeError(`${sent - this.#applied} slices were lost`)
    return this.#target
  }

  /** The copy that was to be kept, once. @throws why there is none */
  takeCopy(): Payload {
    this.#readAll()
    if (this.#failed !== undefined) throw this.#failed.reason
    const copy = this.#copy?.()
    this.#copy = undefined
    if (copy === undefined) throw new RangeError('no copy was kept')
    return copy
  }

  #readAll(): void {
    for (
      let next = receiveMessageOnPort(this.#port);
      next;
      next = receiveMessageOnPort(this.#port)
    ) {
      this.#receive(next.message as Payload | CopyMark)
    }
  }

  #receive(message: Payload | CopyMark): void {
    if (this.#failed !== undefined) return
    if ('keepsCopy' in message) return this.#keepCopy()
    const began = performance.now()
    try {
      this.#target.receive(message)
      this.#applied++
      this.#answer({ applied: this.#applied, ms: performance.now() - began })
    } catch (error) {
      this.#failed = { reason: error }
      this.#answer({ error: encodeThrown(error) })
    }
  }

  /** Now: the next slice changes it. */
  #keepCopy(): void {
    try {
      const copy = this.#target.copy()
      this.#copy = () => copy
    } catch (error) {
      this.#copy = () => {
        throw error
      }
    }
  }

  #answer(answer: SliceAnswer): void {
    this.#port.postMessage(answer)
  }
}
