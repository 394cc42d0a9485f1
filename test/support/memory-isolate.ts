import type { Transferable } from 'node:worker_threads'
import { fulfilsWithin } from '../../src/timing/deadline.ts'
import { isolateExited } from '../../src/isolates/isolate-exited.ts'
import type { Isolate } from '../../src/isolates/isolate.ts'
import { Outbox } from '../../src/isolates/outbox.ts'
import { ThreadInspection } from '../../src/isolates/inspection/thread-inspection.ts'
import { Requests } from '../../src/isolates/requests.ts'
import { Slots } from '../../src/isolates/slots.ts'
import type { ActivationListener } from '../../src/isolates/activation-listener.ts'
import type { ThreadExit } from '../../src/isolates/thread.ts'
import type { IsolateControl } from '../../src/protocol/wire/control.ts'
import type { TraceContext } from '../../src/protocol/definition/trace.ts'
import { Deferred } from '../../src/protocol/deferred.ts'
import type { FromIsolate, FromMain, Outcome } from '../../src/protocol/wire/messages.ts'
import type { ProgressCell } from '../../src/protocol/wire/progress.ts'
import { MemoryPort } from './memory-port.ts'
import { readByThread } from './posted.ts'
import type { ToThread } from './posted.ts'

type Control<Name extends keyof IsolateControl> = ReturnType<IsolateControl[Name]>

/**
 * An isolate without a thread: a test says what its thread does, and when. As with a thread, both sides post copies, each side reads
 * in the order of the other's posts, and where the thread ends, main still reads what it had posted, and what it had not read is lost.
 */
export class MemoryIsolate implements Isolate {
  readonly slots = new Slots()
  readonly threadId = 7
  /** What the thread answers where main asks it directly. */
  readonly control: Partial<IsolateControl>
  /** Whether the thread does not come to read anything, not even that it should leave, and answers nothing. */
  isHeld = false
  readonly inspection = new ThreadInspection({
    hello: () => (this.isHeld ? new Promise(() => undefined) : Promise.resolve()),
    profile: () => Promise.resolve(undefined),
  })
  mayHaveTables = false
  /** The slot of the process that has the thread. */
  current: number | undefined
  state: Isolate['state'] = 'loaded'
  exit: ThreadExit | undefined
  culprit: number | undefined
  readonly #toThread = new MemoryPort()
  readonly #toMain = new MemoryPort()
  readonly #outbox = new Outbox(this.#toThread)
  readonly requests = new Requests(this.#outbox)
  #isAskedToLeave = false
  readonly #exited = new Deferred<ThreadExit>()

  constructor(control: Partial<IsolateControl> = {}) {
    this.control = control
  }

  get exited(): Promise<ThreadExit> {
    return this.#exited.promise
  }

  // The thread's side.

  /** What main has posted since, as the thread reads it. */
  read(): ToThread[] {
    return readByThread(this.#toThread.read())
  }

  /** Where the thread posts. */
  get threadPort(): MemoryPort {
    return this.#toMain
  }

  /** The thread posts; main has not read it yet. */
  say(...messages: FromIsolate[]): void {
    for (const message of messages) this.#toMain.postMessage(message)
  }

  /** Main reads what the thread has posted, or the oldest of it. A thread that has ended says nothing more. */
  arrive(count?: number): void {
    const posts = this.#toMain.read(count)
    if (this.exit !== undefined) return
    for (const message of posts) this.#receive(message as FromIsolate)
  }

  /** The thread says, and main reads at once, how messages of one process ended. */
  tell(slot: number, sequence: number, outcome: Outcome, ...values: unknown[]): void {
    this.say([slot, sequence, outcome, values.length, ...values])
    this.arrive()
  }

  /** The thread ends. */
  end(exitCode = 1, error?: Error): void {
    if (this.exit !== undefined) return
    this.arrive()
    this.#toThread.read()
    this.state = 'exited'
    this.culprit = this.slots.culprit(this.current)
    const exit = { threadId: this.threadId, exitCode, error }
    this.exit = exit
    this.requests.end(() => isolateExited(exit))
    for (const activation of this.slots.activations()) activation.onExit(exit)
    this.#exited.resolve(exit)
  }

  #receive(message: FromIsolate): void {
    if (!('type' in message)) {
      return this.slots.receive(message)
    }
    if (message.type === 'several') for (const each of message.messages) this.#receive(each)
    else if (message.type === 'first-table') this.mayHaveTables = true
    else if (message.type === 'answer') this.requests.settle(message)
    else if (message.type === 'unhandled') throw new Error('no test lets its code do this')
    else this.slots.activation(message.slot)?.onMessage(message)
  }

  // Main's side.

  get isLeaving(): boolean {
    return this.#isAskedToLeave || this.exit !== undefined
  }

  async ready(): Promise<void> {}

  activate(activation: ActivationListener): { readonly slot: number; readonly cell: ProgressCell } {
    const activated = this.slots.activate(activation)
    if (activated.page !== undefined) this.post({ type: 'more-progress', page: activated.page })
    if (this.exit !== undefined) void this.exited.then((exit) => activation.onExit(exit))
    return activated
  }

  trace(slot: number, sequence: number, trace: TraceContext): void {
    this.#outbox.trace(slot, sequence, trace)
  }

  deliver(slot: number, sequence: number, operation: number, payload: unknown): void {
    this.#outbox.deliver(slot, sequence, operation, payload)
  }

  post(message: FromMain, transfer?: readonly Transferable[]): void {
    this.#outbox.post(message, transfer)
  }

  async leave(graceMs: number): Promise<ThreadExit> {
    this.#isAskedToLeave = true
    if (!this.isHeld) setImmediate(() => this.end(0))
    return (await fulfilsWithin(this.exited, graceMs)) ? this.exited : this.kill()
  }

  async endIfHeld(): Promise<boolean> {
    if (this.exit !== undefined) return false
    if (this.isHeld) await this.kill()
    return !this.isHeld
  }

  kill(): Promise<ThreadExit> {
    this.end(1)
    return this.exited
  }

  // What the thread is asked directly.

  load: Isolate['load'] = (request) => this.#ask('load', request)
  stateSize: Isolate['stateSize'] = (slot) => this.#ask('stateSize', slot)
  convert: Isolate['convert'] = (conversion) => this.#ask('convert', conversion)
  tableNames: Isolate['tableNames'] = (slot) => this.#ask('tableNames', slot)
  ahead: Isolate['ahead'] = (slot) => this.#ask('ahead', slot)
  sendAhead: Isolate['sendAhead'] = (request) => this.#ask('sendAhead', request)
  stopSending: Isolate['stopSending'] = (slot) => this.#ask('stopSending', slot)
  receiveAhead: Isolate['receiveAhead'] = (request) => this.#ask('receiveAhead', request)
  takeCopy: Isolate['takeCopy'] = (id) => this.#ask('takeCopy', id)
  largeBuffers: Isolate['largeBuffers'] = (slot) => this.#ask('largeBuffers', slot)
  allocateBuffers: Isolate['allocateBuffers'] = (sizes) => this.#ask('allocateBuffers', sizes)
  lendBuffers: Isolate['lendBuffers'] = (slot, lent) => this.#ask('lendBuffers', slot, lent)
  audit: Isolate['audit'] = (messages) => this.#ask('audit', messages)
  memory: Isolate['memory'] = () => this.#ask('memory')

  async #ask<Name extends keyof IsolateControl>(
    name: Name,
    ...given: Parameters<IsolateControl[Name]>
  ): Promise<Awaited<Control<Name>>> {
    if (this.exit !== undefined) throw isolateExited(this.exit)
    if (this.isHeld) return await new Promise<never>(() => undefined)
    const answer = this.control[name] as ((...given: unknown[]) => Control<Name>) | undefined
    if (answer === undefined) throw new Error(`this test does not say what '${name}' answers`)
    return await answer(...given)
  }
}
