import type { Transferable } from 'node:worker_threads'
import { CarriedReply } from '../src/protocol/wire/carried-reply.ts'
import type { Declared } from '../src/protocol/bytes/declared.ts'
import { ownCopy } from '../src/protocol/bytes/own-copy.ts'
import { prototypesOf } from '../src/protocol/bytes/prototypes.ts'
import { revive } from '../src/protocol/bytes/revive.ts'
import type { TraceContext } from '../src/protocol/definition/trace.ts'
import { MoultError } from '../src/protocol/errors.ts'
import { decodeFields } from '../src/protocol/wire/log-fields.ts'
import { Outcome } from '../src/protocol/wire/messages.ts'
import type { FromIsolate, LogLine, OutgoingCall } from '../src/protocol/wire/messages.ts'
import { thrownAnswer } from '../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../src/protocol/wire/pending-requests.ts'
import { readRuns } from '../src/protocol/wire/runs.ts'
import { decodeThrown } from '../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../src/protocol/wire/thrown.ts'
import type { MessageStreams, OpenStreams } from '../src/processes/streams/message-streams.ts'
import type { EndLink, SetLink } from '../src/protocol/wire/links.ts'
import type { EndMonitor, SetMonitor } from '../src/protocol/wire/monitors.ts'
import type { CancelTimer, SetTimer } from '../src/protocol/wire/timers.ts'

/** A call or a cast that a handler has sent to another process. */
export interface SentMessage {
  readonly kind: 'call' | 'cast'
  /** Name or id of the other process. */
  readonly process: string
  readonly name: string
  readonly payload: unknown
  /** The trace that it carries. */
  readonly trace?: TraceContext
}

/** A call or a cast to the process itself. */
export type OwnMessage = Omit<SentMessage, 'process'>

/** Answers calls to other processes. */
export type AnswerCall = (process: string, name: string, payload: unknown) => unknown

/** What a process under test says, beside its replies. */
export interface MainSideOwner {
  /** The process itself has been called, or sent a cast. */
  toItself(message: OwnMessage): Promise<unknown>
  isItself(process: string): boolean
  /** The name of the event with this number. */
  eventName(number: number): string
  onTimer(message: SetTimer | CancelTimer): void
  onLink(message: SetLink | EndLink): void
  onMonitor(message: SetMonitor | EndMonitor): void
  /** It asks for a newer version. */
  onUpgradeSelf(): void
  /** Takes the answer to a call of one of its handlers. */
  answer(answer: Answer): void
  /** The streams of its messages. */
  readonly streams: { readonly streams: OpenStreams }
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** What main is to a process: takes its replies, and routes what it sends. Everything is cloned, as between threads. */
export class MainSide {
  readonly sent: SentMessage[] = []
  readonly log: { readonly level: string; readonly message: string; readonly fields: unknown }[] =
    []
  readonly castFailures: { readonly name: string; readonly error: unknown }[] = []
  readonly emitted: { readonly name: string; readonly data: unknown }[] = []
  readonly #owner: MainSideOwner
  readonly #answerCall: AnswerCall | undefined
  readonly #declared: Declared | undefined
  readonly #calls = new Map<number, Pending>()
  /** Names of the casts by their numbers, for those that fail. */
  readonly #casts = new Map<number, string>()

  /** @param declared what the other processes and the test are taken to declare: the same as the definition */
  constructor(owner: MainSideOwner, answerCall: AnswerCall | undefined, declared?: Declared) {
    this.#owner = owner
    this.#declared = declared
    this.#answerCall = answerCall
  }

  /** The port to which the process posts. */
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    const moved = [...transfer] as ArrayBuffer[]
    const posted = structuredClone(message, { transfer: moved }) as FromIsolate
    queueMicrotask(() => this.#receive(posted))
  }

  /** The reply to the message with this number. */
  reply(sequence: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#calls.set(sequence, { resolve, reject }))
  }

  /** The message with this number is a cast. */
  isCast(sequence: number, name: string): void {
    this.#casts.set(sequence, name)
  }

  #receive(message: FromIsolate): void {
    if (!('type' in message)) return this.#receiveReplies(message)
    switch (message.type) {
      case 'several':
        for (const each of message.messages) this.#receive(each)
        return
      case 'outgoing-call':
        void this.#route({ ...message, payload: this.#payloadOf(message) })
        return
      case 'set-timer':
      case 'cancel-timer':
        if (message.type === 'cancel-timer') return this.#owner.onTimer(message)
        return this.#owner.onTimer({ ...message, payload: this.#payloadOf(message) })
      case 'monitor':
      case 'demonitor':
        return this.#owner.onMonitor(message)
      case 'link':
      case 'unlink':
        return this.#owner.onLink(message)
      case 'log':
        return this.#keepLine(message)
      case 'need':
        return this.#stream(message.sequence)?.need(message.taken, message.until)
      case 'upgrade-self':
        return this.#owner.onUpgradeSelf()
      default:
    }
  }

  #receiveReplies(batch: readonly unknown[]): void {
    readRuns(
      batch,
      (_slot, sequence, outcome, from, to) => {
        for (let at = from; at < to; at++)
          this.#settle(sequence + at - from, outcome as Outcome, batch[at])
      },
      (value) => {
        ;(batch as unknown[])[batch.indexOf(value)] = new CarriedReply(value, this.#declared)
      },
    )
  }

  #payloadOf({ payload, prototypes }: Pick<SetTimer, 'payload' | 'prototypes'>): unknown {
    return revive(payload, prototypes, this.#declared, 'payload')
  }

  /** @param sequence of a message, or the number of an event */
  #settle(sequence: number, outcome: Outcome, value: unknown): void {
    if (outcome === Outcome.Event)
      this.emitted.push({ name: this.#owner.eventName(sequence), data: value })
    if (outcome === Outcome.Item) this.#stream(sequence)?.item(value)
    if (outcome === Outcome.Reply) this.#take(sequence)?.resolve(value)
    if (outcome === Outcome.CallThrew)
      this.#take(sequence)?.reject(decodeThrown(value as WireThrown))
    if (outcome !== Outcome.CastThrew) return
    const name = this.#casts.get(sequence) ?? ''
    this.castFailures.push({ name, error: decodeThrown(value as WireThrown) })
  }

  #stream(sequence: number): MessageStreams | undefined {
    return this.#owner.streams.streams.get(sequence)
  }

  #take(sequence: number): Pending | undefined {
    const call = this.#calls.get(sequence)
    this.#calls.delete(sequence)
    return call
  }

  #keepLine(line: LogLine): void {
    const { level, message } = line
    this.log.push({ level, message, fields: decodeFields(line) })
  }

  async #route({ request, process, name, payload, trace }: OutgoingCall): Promise<void> {
    const kind = request === undefined ? 'cast' : 'call'
    const message = { kind, name, payload, ...(trace && { trace }) } as const
    try {
      const value = await this.#passOn(process, message)
      if (request === undefined) return
      this.#owner.answer({ type: 'answer', number: request, threw: false, value })
    } catch (error) {
      if (request !== undefined) this.#owner.answer(thrownAnswer(request, error))
      else this.castFailures.push({ name, error })
    }
  }

  /** An answer is sent by what declares the same. */
  #copyOf(value: unknown): unknown {
    if (this.#declared === undefined) return structuredClone(value)
    const copy = ownCopy(value, 'answer', { declared: this.#declared })
    return revive(copy, prototypesOf(copy), this.#declared, 'answer')
  }

  async #passOn(process: string, sent: OwnMessage): Promise<unknown> {
    const { kind, name, payload } = sent
    if (this.#owner.isItself(process)) return this.#owner.toItself(sent)
    this.sent.push({ process, ...sent })
    if (kind === 'cast') return undefined
    if (this.#answerCall !== undefined)
      return this.#copyOf(await this.#answerCall(process, name, payload))
    const expected = 'the option answer, which answers for other processes'
    const message = `nothing answers for ${process} in this test: give ${expected}`
    throw new MoultError('UNKNOWN_PROCESS', message, { process, expected, received: 'none' })
  }
}
