import { transfer, wrap } from 'comlink'
import type { Remote } from 'comlink'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort, Transferable } from 'node:worker_threads'
import { fulfilsWithin, withDeadline } from '../timing/deadline.ts'
import { mainTurns } from '../timing/main-turns.ts'
import type { PortReader } from '../timing/main-turns.ts'
import { movesWith } from '../protocol/bytes/payload.ts'
import type { Payload } from '../protocol/bytes/payload.ts'
import type {
  CopiesAhead,
  CopyFigures,
  ReceiveRequest,
  SendRequest,
} from '../protocol/wire/copying.ts'
import type { Contract } from '../protocol/definition/contract.ts'
import type {
  AuditedMessage,
  IsolateControl,
  IsolateMemory,
  LoadRequest,
} from '../protocol/wire/control.ts'
import type { TraceContext } from '../protocol/definition/trace.ts'
import { MoultError } from '../protocol/errors.ts'
import type { FromIsolate, FromMain, Replies } from '../protocol/wire/messages.ts'
import { PendingRequests } from '../protocol/wire/pending-requests.ts'
import type { Conversion, Converted } from '../protocol/wire/requests.ts'
import type { ProgressCell } from '../protocol/wire/progress.ts'
import { currentEnvironment, lacking } from './environment.ts'
import type { Environment } from './environment.ts'
import { unreadablePost } from '../protocol/wire/unreadable-post.ts'
import { ThreadInspection } from './inspection/thread-inspection.ts'
import { isolateExited } from './isolate-exited.ts'
import { LentPort } from './lent-functions.ts'
import type { LentFunctions } from './lent-functions.ts'
import { Outbox } from './outbox.ts'
import { receive } from './receive.ts'
import { Requests } from './requests.ts'
import { Slots } from './slots.ts'
import type { ActivationListener } from './activation-listener.ts'
import type { IsolateObserver } from './isolate-observer.ts'
import type { Thread, ThreadExit, ThreadStart } from './thread.ts'
import { unread } from './unread.ts'

/** A thread must not be terminated while it is `starting`. */
type IsolateState = 'starting' | 'blank' | 'loading' | 'loaded' | 'exited'

/** How long (ms) main waits for a thread that still starts; then it ends the thread all the same. */
const STARTING_GRACE_MS = 10_000

/** The interface of an isolate; it need not be a thread. */
export type Isolate = Pick<ThreadIsolate, keyof ThreadIsolate>

/** One thread seen from main: it loads one version, hosts processes of it, and leaves. */
export class ThreadIsolate {
  /** Settles once the thread has exited; never rejects. */
  readonly exited: Promise<ThreadExit>
  readonly #thread: Thread
  readonly #ports: readonly MessagePort[]
  readonly #data: MessagePort
  readonly #lent: LentPort
  readonly #control: Remote<IsolateControl>
  readonly #outbox: Outbox
  /** Requests over the data plane, for thousands of processes. */
  readonly requests: Requests
  /** The activations in this isolate. */
  readonly slots = new Slots()
  /** What it does, also where it answers nothing. */
  readonly inspection = new ThreadInspection({
    hello: () => this.#ask(this.#control.hello()),
    profile: (ms, signal) => this.#thread.profile(ms, signal),
  })
  /** The environment with which the thread was started. */
  readonly #environment = currentEnvironment()
  #leaving: Promise<ThreadExit> | undefined
  #mayHaveTables = false
  readonly #reader: PortReader
  /** Requests over Comlink, which does not notice a thread's death. */
  readonly #controlled = new PendingRequests()
  #state: IsolateState = 'starting'
  #exit: ThreadExit | undefined
  #culprit: number | undefined

  /** Starts a thread. It is blank once {@link ready} has resolved. */
  constructor(
    startThread: (start: ThreadStart) => Thread,
    lent: LentFunctions,
    { onUnhandled, checkStates }: Pick<ThreadStart, 'onUnhandled' | 'checkStates'>,
    observer: IsolateObserver,
  ) {
    const data = new MessageChannel()
    const control = new MessageChannel()
    const services = new MessageChannel()
    this.#ports = [data.port1, control.port1, services.port1]
    this.#data = data.port1
    this.#lent = new LentPort(services.port1, lent)
    this.#outbox = new Outbox(data.port1)
    this.requests = new Requests(this.#outbox)
    this.slots.declared = observer.declared
    const onFirstTable = (): void => void (this.#mayHaveTables = true)
    const read = (message: unknown): void => {
      // Not by a field: a batch has those of the prototype of all objects, to which a program may add.
      if (Array.isArray(message)) this.slots.receive(message)
      else receive(message as Exclude<FromIsolate, Replies>, receivers)
    }
    const receivers = { slots: this.slots, requests: this.requests, observer, onFirstTable, read }
    this.#reader = { read }
    this.#thread = startThread({
      data: data.port2,
      control: control.port2,
      services: services.port2,
      lent: lent.names,
      progress: this.slots.firstPage,
      current: this.inspection.current,
      onUnhandled,
      checkStates,
    })
    this.#control = wrap<IsolateControl>(control.port1)
    data.port1.on('message', (message: unknown) => mainTurns.receive(this.#reader, message))
    data.port1.on('messageerror', (error) => observer.onLog(unreadablePost({ fields: { error } })))
    this.exited = this.#watch()
  }

  get state(): IsolateState {
    return this.#state
  }

  /** How the thread ended. Undefined while it is alive. */
  get exit(): ThreadExit | undefined {
    return this.#exit
  }

  /** The slot of the process that ended the thread. Undefined while it is alive, and where that is not known. */
  get culprit(): number | undefined {
    return this.#culprit
  }

  /** Whether a table has been made in it. */
  get mayHaveTables(): boolean {
    return this.#mayHaveTables
  }

  get threadId(): number {
    return this.#thread.threadId
  }

  /** Waits for the thread to run. */
  async ready(): Promise<void> {
    await this.#ask(this.#control.hello())
    if (this.#state === 'starting') this.#state = 'blank'
  }

  /** Returns what an image defines. Once in an isolate's life, unless the image was refused as `IMAGE_CORRUPT`. */
  load({ url, digest }: LoadRequest, own: Environment, timeoutMs: number): Promise<Contract> {
    this.#state = 'loading'
    const request = { url, digest, ...lacking(this.#environment, own) }
    const loaded = this.#ask(this.#control.load(request)).finally(() => {
      if (this.#state === 'loading') this.#state = 'loaded'
    })
    loaded.catch(() => undefined)
    const late = (): MoultError =>
      new MoultError('LOAD_TIMEOUT', `the import did not end within ${timeoutMs} ms`)
    return withDeadline(loaded, { timeoutMs, late })
  }

  stateSize(slot: number): Promise<number> {
    return this.#ask(this.#control.stateSize(slot))
  }

  convert(conversion: Conversion): Promise<Converted> {
    return this.#ask(this.#control.convert(transfer(conversion, movesWith(conversion))))
  }

  tableNames(slot: number): Promise<string[]> {
    return this.#ask(this.#control.tableNames(slot))
  }

  ahead(slot: number): Promise<CopiesAhead> {
    return this.#ask(this.#control.ahead(slot))
  }

  sendAhead(request: SendRequest): Promise<CopyFigures | undefined> {
    return this.#ask(
      this.#control.sendAhead(request.port ? transfer(request, [request.port]) : request),
    )
  }

  stopSending(slot: number): Promise<void> {
    return this.#ask(this.#control.stopSending(slot))
  }

  receiveAhead(request: ReceiveRequest): Promise<void> {
    return this.#ask(this.#control.receiveAhead(transfer(request, [request.port])))
  }

  takeCopy(id: string): Promise<Payload> {
    return this.#ask(this.#control.takeCopy(id))
  }

  largeBuffers(slot: number): Promise<readonly number[]> {
    return this.#ask(this.#control.largeBuffers(slot))
  }

  allocateBuffers(sizes: readonly number[]): Promise<ArrayBuffer[]> {
    return this.#ask(this.#control.allocateBuffers(sizes))
  }

  lendBuffers(slot: number, preallocated: ArrayBuffer[]): Promise<void> {
    return this.#ask(this.#control.lendBuffers(slot, transfer(preallocated, preallocated)))
  }

  /** Why each message does not fit the version; null for one that fits. */
  audit(messages: readonly (AuditedMessage | null)[]): Promise<readonly (string | null)[]> {
    return this.#ask(this.#control.audit(messages))
  }

  /** Memory of the thread's heap. */
  memory(): Promise<IsolateMemory> {
    return this.#ask(this.#control.memory())
  }

  /** Whether it has been asked to leave: no process should be placed here any more. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined || this.#state === 'exited'
  }

  /** Gives a slot to an activation, for which a place has been reserved. */
  activate(activation: ActivationListener): { readonly slot: number; readonly cell: ProgressCell } {
    const activated = this.slots.activate(activation)
    if (activated.page !== undefined) this.post({ type: 'more-progress', page: activated.page })
    // The exit was announced before this activation came, so it is announced to it now.
    if (this.#state === 'exited') void this.exited.then((exit) => activation.onExit(exit))
    return activated
  }

  /** The trace of the message that is delivered next. */
  trace(slot: number, sequence: number, trace: TraceContext): void {
    this.#outbox.trace(slot, sequence, trace)
  }

  deliver(slot: number, sequence: number, operation: number, payload: unknown): void {
    this.#outbox.deliver(slot, sequence, operation, payload)
  }

  /** Posts at once. @throws what `postMessage` throws when the message cannot be cloned or transferred. */
  post(message: FromMain, transfer?: readonly Transferable[]): void {
    this.#outbox.post(message, transfer)
  }

  /** Asks the thread to leave, ends it if it has not left within `graceMs`, and resolves when it is gone. */
  leave(graceMs: number): Promise<ThreadExit> {
    return this.#state === 'exited' ? this.exited : (this.#leaving ??= this.#leave(graceMs))
  }

  async #leave(graceMs: number): Promise<ThreadExit> {
    void this.#control.leave()
    if (await fulfilsWithin(this.exited, graceMs)) return this.exited
    const isStarting = this.#state === 'starting'
    if (isStarting && (await fulfilsWithin(this.exited, STARTING_GRACE_MS))) return this.exited
    return this.kill()
  }

  /** Ends the thread unless it reads its messages within `ms`. Resolves to whether it goes on. */
  async endIfHeld(ms: number): Promise<boolean> {
    if (this.#exit !== undefined) return false
    if (!(await this.inspection.isHeld(ms))) return true
    await this.kill()
    return false
  }

  /** Ends the thread without asking. Only once it runs. */
  kill(): Promise<ThreadExit> {
    this.#thread.terminate()
    return this.exited
  }

  #ask<Value>(answer: Promise<Value>): Promise<Value> {
    return this.#controlled.keep(answer)
  }

  async #watch(): Promise<ThreadExit> {
    const exit = await this.#thread.exited
    this.#drain()
    this.#culprit = this.slots.culprit(this.inspection.slot)
    this.#state = 'exited'
    this.#exit = exit
    for (const port of this.#ports) port.close()
    for (const asked of [this.#controlled, this.requests]) asked.end(() => isolateExited(exit))
    for (const activation of this.slots.activations()) activation.onExit(exit)
    return exit
  }

  /** The thread's last posts may still wait in the ports when its exit is seen. */
  #drain(): void {
    mainTurns.readAll(this.#reader)
    for (const message of unread(this.#data)) this.#reader.read(message)
    this.#lent.drain()
  }
}
