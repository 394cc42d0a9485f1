import { expose, transfer } from 'comlink'
import { getHeapStatistics } from 'node:v8'
import { movesWith, sizeOf } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import type {
  CopiesAhead,
  CopyFigures,
  ReceiveRequest,
  SendRequest,
} from '../../src/protocol/wire/copying.ts'
import type { LentServices, LoadContext } from '../../src/protocol/definition/context.ts'
import type { Contract } from '../../src/protocol/definition/contract.ts'
import type {
  AuditedMessage,
  IsolateControl,
  IsolateMemory,
  IsolateStart,
  LoadRequest,
} from '../../src/protocol/wire/control.ts'
import { Control, isControl } from '../../src/protocol/wire/messages.ts'
import type { Birth, Deliver, FromMain } from '../../src/protocol/wire/messages.ts'
import type { Conversion, Converted } from '../../src/protocol/wire/requests.ts'
import { encodeFields } from '../../src/protocol/wire/log-fields.ts'
import { ProgressPages } from '../../src/protocol/wire/progress-pages.ts'
import { keepErrorsWhole } from '../../src/protocol/wire/remote-errors.ts'
import { readRuns } from '../../src/protocol/wire/runs.ts'
import type { OnRun, OnTrace } from '../../src/protocol/wire/runs.ts'
import { unreadablePost } from '../../src/protocol/wire/unreadable-post.ts'
import { onFirstTable } from '../../src/protocol/definition/table-mark.ts'
import { ReceivedValues, revivedMoved } from './received-values.ts'
import { asyncContexts } from './async-contexts.ts'
import { audit } from './audit.ts'
import { collectWhenIdle } from './collect-young.ts'
import { NO_SLOT, slotLog } from './slot-log.ts'
import { lentServices } from './lent-services.ts'
import { SentAhead } from './process/sent-ahead.ts'
import type { ReceiverAhead } from './process/sent-ahead.ts'
import { loadVersion } from './load-version.ts'
import { mapCallSites } from './call-sites.ts'
import { tellOfAddons } from './addons.ts'
import { controlOf } from './control.ts'
import { convertState } from './process/convert.ts'
import { init } from './process/activate.ts'
import { Outbox } from './outbox.ts'
import { ProcessHost } from './process/process-host.ts'
import { Requests } from './requests.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import { allocateBuffers } from './process/preallocated-buffers.ts'
import { Scheduler } from './scheduler.ts'
import { Turns } from './turns.ts'
import type { Version } from '../state/version.ts'
import { UnhandledErrors } from './unhandled.ts'
import { warmUp } from './warm-up.ts'

/** The program of one thread. It loads exactly one version and hosts processes of it until it leaves. */
class Isolate implements IsolateControl {
  readonly #outbox: Outbox
  readonly #outgoing: OutgoingCalls
  readonly #services: LentServices
  readonly #leaving = new AbortController()
  readonly #progress = new ProgressPages()
  readonly #scheduler = new Scheduler()
  /** By slot. */
  readonly #hosts: (ProcessHost | undefined)[] = []
  readonly #sizes = new Map<number, Promise<number>>()
  readonly #ahead = new SentAhead()
  readonly #requests: Requests
  readonly #unhandled: UnhandledErrors
  readonly #checkStates: boolean
  readonly #collection = collectWhenIdle()
  readonly #received = new ReceivedValues()
  #version: Version | undefined

  constructor(start: IsolateStart) {
    this.#progress.add(start.progress)
    asyncContexts.serve(start.current)
    this.#checkStates = start.checkStates
    tellOfAddons(start.addons)
    this.#outbox = new Outbox(start.data)
    this.#unhandled = new UnhandledErrors(this.#outbox, start.onUnhandled)
    this.#outgoing = new OutgoingCalls(this.#outbox)
    this.#requests = new Requests(this.#outbox, this)
    this.#services = lentServices(start.services, start.lent)
    onFirstTable(() => this.#outbox.post({ type: 'first-table' }))
    const turns = new Turns(this.#unhandled.guard((message: FromMain) => this.#receive(message)))
    start.data.on('message', turns.take)
    start.data.on('messageerror', (error) => {
      this.#outbox.post(unreadablePost(encodeFields({ error })))
    })
    // Replies of messages that have finished go out even if a later handler ends the thread.
    process.on('exit', () => {
      asyncContexts.blame()
      this.#outbox.flush()
    })
  }

  hello(): void {}

  async load(request: LoadRequest): Promise<Contract> {
    clearTimeout(this.#collection)
    const contextOf = (label: string): LoadContext => ({
      version: label,
      signal: this.#leaving.signal,
      log: slotLog(this.#outbox, () => NO_SLOT, { version: label }),
      services: this.#services,
    })
    const load = (): Promise<Version> => loadVersion(request, this.#checkStates, contextOf)
    this.#version = await this.#unhandled.whileLoading(request.url, load)
    this.#outbox.destination = this.#version.toAnotherThread
    return this.#version.contract
  }

  /** Requests during a busy time share one answer. */
  stateSize(slot: number): Promise<number> {
    const measured =
      this.#sizes.get(slot) ??
      this.hostOf(slot)
        .copyState('whole')
        .then(sizeOf)
        .finally(() => this.#sizes.delete(slot))
    this.#sizes.set(slot, measured)
    return measured
  }

  async convert(conversion: Conversion): Promise<Converted> {
    const { ahead } = conversion
    const receiver = ahead === undefined ? undefined : this.#ahead.take(ahead)
    const converted = await convertState(this.version, conversion, receiver)
    return transfer(converted, movesWith(converted))
  }

  largeBuffers(slot: number): readonly number[] {
    return this.hostOf(slot).attachments.copies.largeBuffers
  }

  async allocateBuffers(sizes: readonly number[]): Promise<ArrayBuffer[]> {
    const preallocated = await allocateBuffers(sizes)
    return transfer(preallocated, preallocated)
  }

  lendBuffers(slot: number, preallocated: readonly ArrayBuffer[]): void {
    this.hostOf(slot).attachments.copies.preallocated.lend(preallocated)
  }

  tableNames(slot: number): string[] {
    return this.hostOf(slot).attachments.tables.names
  }

  ahead(slot: number): CopiesAhead {
    return this.hostOf(slot).attachments.tables.ahead
  }

  sendAhead(request: SendRequest): Promise<CopyFigures | undefined> {
    return this.hostOf(request.slot).attachments.tables.send(request)
  }

  stopSending(slot: number): void {
    this.#hosts[slot]?.attachments.tables.stop()
  }

  receiveAhead(request: ReceiveRequest): void {
    this.#ahead.receive(this.version, request)
  }

  takeCopy(id: string): Payload {
    const copy = this.#ahead.takeCopy(id)
    return transfer(copy, movesWith(copy))
  }

  audit(messages: readonly (AuditedMessage | null)[]): Promise<(string | null)[]> {
    return audit(this.version, messages)
  }

  memory(): IsolateMemory {
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics()
    return { heapUsed, external }
  }

  leave(): void {
    asyncContexts.run(undefined, 'abort', () => this.#leaving.abort())
    for (const host of this.#hosts) host?.leave()
    // A turn for handlers that end when their signal is aborted.
    setImmediate(() => {
      const closing = this.#hosts.flatMap((host) => host?.resource?.close() ?? [])
      if (closing.length === 0) process.exit(0)
      void Promise.all(closing).then(() => process.exit(0))
    })
  }

  #receive(message: FromMain): void {
    if (!('type' in message)) return this.#deliver(message)
    switch (message.type) {
      case 'copy':
      case 'try':
      case 'suspend':
      case 'enter':
        return this.#requests.answer(message)
      case 'several':
        for (const each of message.messages) this.#receive(each)
        return
      case 'deliver-moved':
        return this.hostOf(message.slot).receiveMoved(revivedMoved(message, this.version.declared))
      case 'forget':
        return this.findHost(message.slot)?.forget(message)
      case 'roll-back':
        return this.hostOf(message.slot).rollBack()
      case 'more-progress':
        return this.#progress.add(message.page)
      case 'go':
        return this.hostOf(message.slot).go()
      case 'demand':
      case 'feed':
        return this.findHost(message.slot)?.receiveStream(message)
      case 'stay':
        return this.hostOf(message.slot).stay()
      case 'rename':
        return this.findHost(message.slot)?.context.rename(message.name)
      case 'given-up':
        return this.hostOf(message.slot).context.abandonUpgrade()
      case 'answer':
        return this.#outgoing.receive(message)
    }
  }

  #deliver(batch: Deliver): void {
    const receive: OnRun = (slot, sequence, operation, from, to) => {
      if (isControl(operation)) return this.#runControl(slot, operation, batch[from])
      const host = this.hostOf(slot)
      const run = { sequence, operation, batch, at: from, end: to }
      const { isEmpty } = this.#received
      host.receive(isEmpty ? run : this.#received.revived(run, this.version.declared))
      this.#scheduler.add(host)
    }
    readRuns(batch, receive, this.#received.note, this.#onTrace)
    this.#scheduler.run()
  }

  readonly #onTrace: OnTrace = (slot, sequence, trace) =>
    this.findHost(slot)?.context.setTrace(sequence, trace)

  #runControl(slot: number, control: number, value: unknown): void {
    if (control === Control.Deactivate) {
      this.hostOf(slot).deactivate()
      this.#hosts[slot] = undefined
      return
    }
    const birth = value as Birth
    const args = (): unknown => this.#received.argsOf(birth, this.version.declared)
    init(this.activate(slot, birth[0], birth[1], birth[3]), args, slot, this.#outbox)
  }

  /** What came ahead of the state of the process with this id. */
  takeAhead(id: string): ReceiverAhead | undefined {
    return this.#ahead.take(id)
  }

  /** A process without a state yet. */
  activate(slot: number, id: string, name: string, checkpoint?: Birth[3]): ProcessHost {
    const version = this.version
    const named = name === id ? id : name // One string in place of two equal clones.
    // What is told of the process is told by it: no handler may change it.
    const self = Object.freeze({ id, name: named, version: version.contract.version })
    const shared = { outbox: this.#outbox, outgoing: this.#outgoing, services: this.#services }
    const isolate = { ...shared, version, scheduler: this.#scheduler }
    const host = new ProcessHost(slot, self, this.#progress.cell(slot), isolate)
    host.state.keepOnMain(checkpoint, host)
    this.#hosts[slot] = host
    return host
  }

  hostOf(slot: number): ProcessHost {
    const host = this.#hosts[slot]
    if (host === undefined) throw new RangeError(`no process in slot ${slot}`)
    return host
  }

  findHost(slot: number): ProcessHost | undefined {
    return this.#hosts[slot]
  }

  get version(): Version {
    if (this.#version === undefined) throw new Error('no version has been loaded')
    return this.#version
  }
}

/**
 * The Piscina task that makes a thread an isolate. It never returns: Piscina would give the thread another task, with
 * another version. The isolate ends its thread instead.
 */
export default async function run(start: IsolateStart): Promise<never> {
  keepErrorsWhole()
  // Stack traces name the user's lines, not those of the image.
  process.setSourceMapsEnabled(true)
  mapCallSites()
  const isolate = new Isolate(start)
  warmUp()
  expose(controlOf(isolate), start.control)
  return new Promise(() => undefined)
}
