import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import type { CopyMark, ProofMark, RestMark, SliceAnswer } from '../../src/protocol/wire/copying.ts'
import { Deferred } from '../../src/protocol/deferred.ts'
import { decodeError, encodeThrown } from '../../src/protocol/wire/thrown.ts'

/** What is built of slices. */
export interface SliceTarget {
  receive(payload: Payload): void
  /** A copy of what it has now, where one may be asked for. @throws MoultError `UNCLONEABLE_STATE` */
  copy?(): Payload
}

type Message = Payload | CopyMark | ProofMark | RestMark

/** Takes slices as they arrive, ahead of the state. */
export class SliceReceiver<Target extends SliceTarget> {
  readonly #port: MessagePort
  readonly #target: Target
  #applied = 0
  #copy: (() => Payload | undefined) | undefined
  #isFinished = false
  #awaitsRest = false
  /** Undefined as long as it is not known. */
  #isProved: boolean | undefined
  #proof = new Deferred<undefined>()
  #failed: { readonly reason: unknown } | undefined

  /** `onEnd` is called when the sender has gone, and the rest will not come. */
  constructor(port: MessagePort, target: Target, onEnd: () => void) {
    this.#port = port
    this.#target = target
    port.on('message', (message: Message) => this.#receive(message))
    port.on('close', () => {
      // All data has come, and nothing else has it any more: it is not given up for what may have been beside it.
      this.#proof.resolve(undefined)
      if (!this.#awaitsRest) onEnd()
    })
  }

  /**
   * What all `sent` slices have made; reads those that still wait in the port. Nothing more is received, but for a
   * proof that is waited for.
   * @throws the error of an earlier slice
   */
  finish(sent: number, { awaitsProof = false } = {}): Target {
    this.#readAll()
    this.#isFinished = true
    if (!awaitsProof || this.#isProved !== undefined) this.#port.close()
    if (this.#failed !== undefined) throw this.#failed.reason
    if (this.#applied !== sent) throw new RangeError(`${sent - this.#applied} slices were lost`)
    return this.#target
  }

  /** Whether what it was for has been made of it: it takes nothing more. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /**
   * Undefined where the sender has proved that all it sent is data; else a promise, which rejects with what it has found
   * that is none. It resolves, too, when the sender's thread ends before it could tell.
   */
  get proof(): Promise<undefined> | undefined {
    this.#readAll()
    return this.#isProved === true ? undefined : this.#proof.promise
  }

  #takeProof({ proof }: ProofMark): void {
    this.#isProved = proof === undefined
    if (proof === undefined) this.#proof.resolve(undefined)
    else this.#proof.reject(decodeError(proof))
    // Before the state has come more may follow: what has stopped may go on for a while.
    if (this.#isFinished) this.#port.close()
  }

  /** A handler may add now what no later look sees, and what sends no slice: symbols, getters. */
  #takeRestMark({ awaitsRest }: RestMark): void {
    this.#awaitsRest = awaitsRest
    if (this.#isProved === undefined) return
    this.#isProved = undefined
    this.#proof = new Deferred()
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
      this.#receive(next.message as Message)
    }
  }

  #receive(message: Message): void {
    if ('proof' in message) return this.#takeProof(message)
    if ('awaitsRest' in message) return this.#takeRestMark(message)
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
      const copy = this.#target.copy?.()
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
