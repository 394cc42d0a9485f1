import { types } from 'node:util'
import type { MessagePort, Transferable } from 'node:worker_threads'
import { cloneError } from '../../src/protocol/bytes/clone-error.ts'
import { NOT_COPIED, exactCopy } from '../../src/protocol/bytes/exact-copy.ts'
import { prototypesOf } from '../../src/protocol/bytes/prototypes.ts'
import { exactly, sendExact } from '../../src/protocol/bytes/send-exact.ts'
import type { Refusal } from '../../src/protocol/bytes/send-exact.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { NO_SEQUENCE, Outcome } from '../../src/protocol/wire/messages.ts'
import type { Destination } from '../../src/protocol/bytes/destination.ts'
import type { FromIsolate, Replies } from '../../src/protocol/wire/messages.ts'
import { RunWriter, readRuns } from '../../src/protocol/wire/runs.ts'
import { encodeThrown } from '../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../src/protocol/wire/thrown.ts'

/** The longest time (ms) that a reply waits for others while handlers run back to back. */
const MAX_WAIT_MS = 0.2
/** A batch of this many finished messages is posted, so that main can refill the window. */
const MAX_MESSAGES = 128
/** The most messages between two looks at the clock. */
const MAX_BETWEEN_LOOKS = 32
/** A larger reply is not copied, to go out with others: it is posted at once, which costs less. */
const COPIED = { maxDepth: 16, maxObjects: 16, maxFields: 32 }

const REPLY = { code: 'UNCLONEABLE_REPLY', root: 'reply' } as const
const PAYLOAD = { code: 'UNCLONEABLE_ARGUMENT', root: 'payload' } as const

/**
 * Messages of an isolate to main, gathered into one post a tick.
 * A reply is never held back for longer than {@link MAX_WAIT_MS} plus one handler.
 */
export class Outbox {
  readonly #port: Pick<MessagePort, 'postMessage'>
  readonly #moves = new WeakMap<object, readonly ArrayBuffer[]>()
  readonly #runs = new RunWriter()
  #messages = 0
  /** The slot of a process with finished casts that main has not been told of. */
  #progressSlot = -1
  #progress = 0
  /** Messages that go out with the replies, in order, and the list of what moves with them. */
  #gathered: FromIsolate[] = []
  #transfer: Transferable[] = []
  #scheduled = false
  #postedAt = performance.now()
  #lookIn = 1
  #betweenLooks = 1
  /** How replies are refused that do not cross. */
  #replies: Refusal = REPLY
  /** The same of payloads to other processes. */
  payloads: Refusal = PAYLOAD

  constructor(port: Pick<MessagePort, 'postMessage'>) {
    this.#port = port
  }

  /** What is sent goes there, with what the version declares. */
  set destination(destination: Destination) {
    this.#replies = { ...REPLY, destination }
    this.payloads = { ...PAYLOAD, destination }
  }

  /** Marks buffers to be moved when `value` is the reply. */
  move(value: object, buffers: readonly ArrayBuffer[]): void {
    this.#moves.set(value, buffers)
  }

  /** Adds an entry to the batch. A value that a later handler may change is copied, or posted at once. */
  reply(slot: number, sequence: number, outcome: Outcome, value: unknown): void {
    this.#messages++
    const copy = outcome === Outcome.Reply ? exactCopy(value, COPIED) : value
    if (copy === NOT_COPIED) return this.#replyNow(slot, sequence, value)
    this.#runs.add(slot, sequence, outcome, copy)
    this.#schedule()
  }

  /**
   * Adds an event, in order with replies. Data that a later handler may change is copied, or posted at once.
   * @throws MoultError `UNCLONEABLE_ARGUMENT`
   */
  event(slot: number, number: number, data: unknown): void {
    this.#tell(slot, number, Outcome.Event, data, { code: 'UNCLONEABLE_ARGUMENT', root: 'data' })
  }

  /**
   * Adds an item of a stream, in the same way.
   * @throws MoultError `UNCLONEABLE_REPLY`
   */
  item(slot: number, sequence: number, item: unknown): void {
    this.#tell(slot, sequence, Outcome.Item, item, { code: 'UNCLONEABLE_REPLY', root: 'item' })
  }

  #tell(slot: number, number: number, outcome: Outcome, data: unknown, refusal: Refusal): void {
    const copy = exactCopy(data, COPIED)
    if (copy === NOT_COPIED) return this.#tellNow(slot, number, outcome, data, refusal)
    this.#runs.add(slot, number, outcome, copy)
    // A handler that tells much in a loop would make one post of all.
    if (++this.#messages >= MAX_MESSAGES) this.flush()
    else this.#schedule()
  }

  /** Tells the end of a control, behind earlier replies of the process. */
  control(slot: number, outcome: Outcome, value: unknown): void {
    this.#writeProgress()
    this.#runs.add(slot, NO_SEQUENCE, outcome, value)
    this.#schedule()
  }

  /** Says that all messages of a process before `finished` have finished. One entry does for casts in a row. */
  progress(slot: number, finished: number): void {
    this.#messages++
    if (slot !== this.#progressSlot) this.#writeProgress()
    this.#progressSlot = slot
    this.#progress = finished
    this.#schedule()
  }

  /** Adds a message, known to be cloneable, to the post of this tick, behind earlier replies. */
  gather(message: FromIsolate, transfer: readonly Transferable[] = []): void {
    this.#writeProgress()
    if (!this.#runs.isEmpty) this.#gathered.push(this.#runs.take())
    this.#gathered.push(message)
    this.#transfer.push(...transfer)
    this.#schedule()
  }

  /** Posts a message other than a reply, behind earlier replies. */
  post(message: FromIsolate, transfer: readonly Transferable[] = []): void {
    this.flush()
    this.#port.postMessage(message, transfer)
  }

  /** Called between messages that are handled back to back: posts replies that have waited long enough. */
  flushIfDue(): void {
    if (this.#messages >= MAX_MESSAGES) return this.flush()
    if (--this.#lookIn > 0) return
    // The clock costs as much as a small handler, so it is read less often between fast ones.
    const isDue = performance.now() - this.#postedAt > MAX_WAIT_MS
    this.#betweenLooks = isDue ? 1 : Math.min(this.#betweenLooks * 2, MAX_BETWEEN_LOOKS)
    this.#lookIn = this.#betweenLooks
    if (isDue) this.flush()
  }

  flush(): void {
    if (this.#progressSlot >= 0) this.#writeProgress()
    if (!this.#runs.isEmpty) this.#postReplies(this.#runs.take())
    else if (this.#gathered.length > 0) this.#flushGathered()
    this.#messages = 0
    this.#postedAt = performance.now()
  }

  /** Replies that are gathered are flat (see {@link reply}): nothing here can fail to be cloned. */
  #flushGathered(): void {
    const messages = this.#gathered
    const transfer = this.#transfer
    this.#gathered = []
    this.#transfer = []
    const [only] = messages
    const all = messages.length === 1 && only ? only : ({ type: 'several', messages } as const)
    this.#port.postMessage(all, transfer)
  }

  #writeProgress(): void {
    if (this.#progressSlot < 0) return
    this.#runs.add(this.#progressSlot, this.#progress, Outcome.Progress, undefined)
    this.#progressSlot = -1
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // Not as a microtask: what asynchronous handlers answer in the microtasks of this turn goes out with it.
    process.nextTick(this.#onTick)
  }

  readonly #onTick = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #replyNow(slot: number, sequence: number, value: unknown): void {
    if (types.isGeneratorObject(value)) return this.#refuse(slot, sequence, readAsReply())
    let sent: ReturnType<typeof exactly>
    try {
      sent = exactly(value, this.#replies)
    } catch (error) {
      return this.#refuse(slot, sequence, error)
    }
    const reply = sent === undefined ? value : sent.value
    this.#runs.add(slot, sequence, Outcome.Reply, reply)
    if (sent !== undefined) this.#runs.mark(reply, sent.prototypes)
    const buffers = this.#moves.get(value as object) ?? []
    if (buffers.length === 0) return this.flush()
    this.#postReplies(this.#runs.take(), buffers)
  }

  /** Alone: what does not cross is told to the handler that sends it. */
  #tellNow(slot: number, number: number, outcome: Outcome, data: unknown, refusal: Refusal): void {
    sendExact(data, refusal, (prototypes) => {
      const alone = new RunWriter()
      alone.add(slot, number, outcome, data)
      if (prototypes !== undefined) alone.mark(data, prototypes)
      this.flush()
      this.#port.postMessage(alone.take(), this.#moves.get(data as object) ?? [])
    })
  }

  #postReplies(batch: Replies, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#gathered.length > 0) this.#flushGathered()
    try {
      this.#port.postMessage(batch, transfer)
    } catch {
      readRuns(batch, (slot, sequence, outcome, from, to) => {
        for (let at = from; at < to; at++) {
          this.#postAlone(slot, sequence + at - from, outcome, batch[at], transfer)
        }
      })
    }
  }

  /** Posts the values of a batch alone: one that cannot be cloned becomes an error, the others go out. */
  #postAlone(
    slot: number,
    sequence: number,
    outcome: number,
    value: unknown,
    transfer: readonly ArrayBuffer[],
  ): void {
    try {
      const alone = new RunWriter()
      alone.add(slot, sequence, outcome, value)
      const prototypes = prototypesOf(value)
      if (prototypes !== undefined) alone.mark(value, prototypes)
      this.#port.postMessage(alone.take(), this.#moves.has(value as object) ? transfer : [])
    } catch (cause) {
      const failure: Replies = [slot, sequence, Outcome.CallThrew, 1, refusalOf(value, cause)]
      this.#port.postMessage(failure)
    }
  }

  #refuse(slot: number, sequence: number, error: unknown): void {
    this.#runs.add(slot, sequence, Outcome.CallThrew, encodeThrown(error))
    this.#schedule()
  }
}

function refusalOf(value: unknown, cause: unknown): WireThrown {
  return encodeThrown(cloneError(REPLY.code, value, REPLY.root, cause))
}

function readAsReply(): MoultError {
  const expected = 'a reply'
  const received = 'a generator'
  const message = `expected ${expected}, but the handler returned ${received}: read it with ref.stream()`
  return new MoultError('NOT_A_STREAM', message, { expected, received })
}
