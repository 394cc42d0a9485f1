import { setImmediate as turn } from 'node:timers/promises'
import type { TraceContext } from '../src/protocol/definition/trace.ts'
import type { LentServices, Self } from '../src/protocol/definition/context.ts'
import { READ_STATE, numberInWay } from '../src/protocol/definition/contract.ts'
import { ownCopy } from '../src/protocol/bytes/own-copy.ts'
import { prototypesOf } from '../src/protocol/bytes/prototypes.ts'
import { revive } from '../src/protocol/bytes/revive.ts'
import { unknownOperation } from '../src/protocol/unknown-operation.ts'
import type { Answer } from '../src/protocol/wire/pending-requests.ts'
import { CellState, ProgressCell, allocateProgress } from '../src/protocol/wire/progress.ts'
import type { Payload } from '../src/protocol/bytes/payload.ts'
import type { EndLink, SetLink } from '../src/protocol/wire/links.ts'
import type { EndMonitor, SetMonitor } from '../src/protocol/wire/monitors.ts'
import type { CancelTimer, SetTimer } from '../src/protocol/wire/timers.ts'
import { isInput } from '../src/processes/streams/input-feed.ts'
import { ReceivedItems } from '../src/processes/streams/item-stream.ts'
import type { ItemStream } from '../src/processes/streams/item-stream.ts'
import { Outbox } from '../workers/isolate/outbox.ts'
import { OutgoingCalls } from '../workers/isolate/outgoing-calls.ts'
import { enter } from '../workers/isolate/process/activate.ts'
import type { ImportRequest } from '../workers/isolate/process/importer.ts'
import { ProcessHost } from '../workers/isolate/process/process-host.ts'
import { Scheduler } from '../workers/isolate/scheduler.ts'
import { NO_SLOT, slotLog } from '../workers/isolate/slot-log.ts'
import type { Version } from '../workers/state/version.ts'
import { HostedStreams } from './hosted-streams.ts'
import { MainSide } from './main-side.ts'
import type { AnswerCall, MainSideOwner, OwnMessage } from './main-side.ts'
import { ManualClock } from './test-clock.ts'
import { TestMonitors } from './test-monitors.ts'

/** How a process is hosted. */
export interface HostedOptions {
  readonly name: string
  readonly services: LentServices
  readonly answer: AnswerCall | undefined
  readonly now: number
}

/** What main casts to the process by itself. */
type FiredCast = Pick<SetTimer, 'cast' | 'payload' | 'trace'>

/** One process in this thread, by the program that hosts it in a thread of its own elsewhere. */
export class Hosted implements MainSideOwner {
  readonly version: Version
  readonly clock: ManualClock
  readonly monitors = new TestMonitors((cast, down) => void this.#fire({ cast, payload: down }))
  /** Names or ids of the processes to which it is linked. */
  readonly links = new Set<string>()
  readonly main: MainSide
  readonly self: Self
  readonly streams: HostedStreams
  wantsUpgrade = false
  readonly #outbox: Outbox
  readonly #outgoing: OutgoingCalls
  readonly #services: LentServices
  readonly #cell = new ProgressCell(new Int32Array(allocateProgress(1)), 0)
  readonly #host: ProcessHost
  #next = 0

  constructor(version: Version, { name, services, answer, now }: HostedOptions) {
    this.version = version
    this.#services = services
    this.clock = new ManualClock(now, (timer) => void this.#fire(timer))
    this.main = new MainSide(this, answer, version.declared)
    this.self = Object.freeze({ id: name, name, version: version.contract.version })
    this.#outbox = new Outbox(this.main)
    this.#outbox.destination = version.toAnotherThread
    this.#outgoing = new OutgoingCalls(this.#outbox)
    const shared = { outbox: this.#outbox, outgoing: this.#outgoing, services }
    const surroundings = { ...shared, version, scheduler: new Scheduler() }
    this.#host = new ProcessHost(0, this.self, this.#cell, surroundings)
    this.streams = new HostedStreams(this.#host)
  }

  /** Runs `onLoad` and `init`. */
  async init(args: unknown): Promise<void> {
    await this.#load()
    this.#cell.place(CellState.Running, 0)
    await this.#host.init(this.#copyOf(args, 'args'))
  }

  /** Runs `onLoad`, and takes a state over. */
  async enter(payload: Payload, request: ImportRequest): Promise<void> {
    await this.#load()
    this.#cell.place(CellState.Entering, 0)
    await enter(this.#host, this.version, payload, { ...request, hold: false })
  }

  async #load(): Promise<void> {
    const label = this.version.contract.version
    await this.version.onLoad({
      version: label,
      signal: new AbortController().signal,
      log: slotLog(this.#outbox, () => NO_SLOT, { version: label }),
      services: this.#services,
    })
  }

  /** The reply of a call. Of a cast: undefined, at once. */
  send({ kind, name, payload, trace }: OwnMessage): Promise<unknown> {
    const { contract } = this.version
    const { calls, casts } = contract
    const at = (kind === 'call' ? calls : casts).indexOf(name)
    if (at < 0) throw unknownOperation(kind, name, contract, this.self.name)
    const operation = kind === 'call' ? at : calls.length + at
    this.#host.context.setTrace(this.#next, trace)
    if (kind === 'call' && isInput(payload)) return this.#open(operation, payload, undefined)
    if (kind === 'cast') this.main.isCast(this.#next, name)
    const copy = this.#copyOf(payload, 'payload')
    const reply = kind === 'call' ? this.main.reply(this.#next) : Promise.resolve(undefined)
    this.#deliver(operation, copy)
    return reply
  }

  /** The items that a call yields. */
  stream(name: string, payload: unknown, trace?: TraceContext): ItemStream<unknown> {
    const { contract } = this.version
    const at = contract.calls.indexOf(name)
    if (at < 0) throw unknownOperation('call', name, contract, this.self.name)
    const items = new ReceivedItems(`the stream '${name}' of ${this.self.name}`)
    this.#host.context.setTrace(this.#next, trace)
    this.#open(at, payload, items).then(
      (result) => {
        items.resolve(result)
      },
      (error: unknown) => {
        items.reject(error)
      },
    )
    return items
  }

  async #open(
    operation: number,
    payload: unknown,
    output: ReceivedItems | undefined,
  ): Promise<unknown> {
    const sequence = this.#next
    const streamed = this.streams.open(payload, sequence, output)
    const reply = this.main.reply(sequence)
    this.#deliver(numberInWay(operation, 'streamed'), streamed)
    return reply.finally(() => {
      this.streams.end(sequence)
    })
  }

  /** A value as it comes from a sender that declares the same as the definition. */
  #copyOf(value: unknown, name: string): unknown {
    const copy = ownCopy(value, name, this.version)
    return revive(copy, prototypesOf(copy), this.version.declared, name)
  }

  /** A copy of the state. */
  state(): Promise<unknown> {
    const reply = this.main.reply(this.#next)
    this.#deliver(READ_STATE, undefined)
    return reply
  }

  #deliver(operation: number, payload: unknown): void {
    const sequence = this.#next++
    this.#host.receive({ sequence, operation, batch: [payload], at: 0, end: 1 })
    this.#host.pump()
  }

  async #fire({ cast, payload, trace }: FiredCast): Promise<void> {
    try {
      await this.send({ kind: 'cast', name: cast, payload, ...(trace && { trace }) })
    } catch (error) {
      this.main.castFailures.push({ name: cast, error })
    }
  }

  /** Resolves when all that was sent has been handled. */
  async settled(): Promise<void> {
    do await turn()
    while (this.#cell.finished !== this.#next)
    await turn()
  }

  /** Aborts the signal of its handlers, and closes what it has opened beside its state. */
  async stop(): Promise<void> {
    this.clock.clear()
    this.monitors.clear()
    this.#host.leave()
    await turn()
    await this.#host.resource?.close()
  }

  eventName(number: number): string {
    return this.version.contract.emits?.[number] ?? ''
  }

  isItself(process: string): boolean {
    return process === this.self.id
  }

  toItself(message: OwnMessage): Promise<unknown> {
    return this.send(message)
  }

  onTimer(message: SetTimer | CancelTimer): void {
    if (message.type === 'cancel-timer') this.clock.cancel(message.timer)
    else this.clock.set(message)
  }

  onLink({ type, process }: SetLink | EndLink): void {
    if (type === 'link') this.links.add(process)
    else this.links.delete(process)
  }

  onMonitor(message: SetMonitor | EndMonitor): void {
    this.monitors.receive(message)
  }

  onUpgradeSelf(): void {
    this.wantsUpgrade = true
    this.#host.stay()
  }

  answer(answer: Answer): void {
    this.#outgoing.receive(answer)
  }
}
