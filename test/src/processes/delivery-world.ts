import { startProcess } from '../../../src/processes/start.ts'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { ProcessObserver } from '../../../src/processes/process-observer.ts'
import { Process } from '../../../src/processes/process.ts'
import { Activation } from '../../../src/processes/activation.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { entryAt } from '../../../src/protocol/wire/entries.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { ExportedStates } from '../../../src/protocol/wire/requests.ts'
import { gate } from '../../support/gate.ts'
import { HostedThread } from '../../support/hosted-thread.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'

const migration = { from: '1', to: '1', by: 'unchanged', extra: undefined } as const

/** A message of the world, by the number under which it was accepted. */
interface Account extends Sent {
  readonly isCast: boolean
  /** Whether its caller stopped waiting before it was ever sent. */
  isWithdrawn: boolean
}

interface Moved {
  readonly id: number
  readonly bytes: ArrayBuffer
}

/** A hand-over that is under way. */
interface Moving {
  readonly from: Activation
  exported: ExportedStates | undefined
  to: Activation | undefined
  hasEntered: boolean
}

/**
 * One process, main's side and the thread's, without a thread: each side posts, reads, hands over and ends when a test says so.
 * It keeps account of what was accepted, what began, and what the callers were told.
 */
export class DeliveryWorld {
  readonly #accounts: Account[] = []
  readonly #begun: number[] = []
  readonly #lostCasts = new Map<number, unknown[]>()
  readonly #process: Process
  readonly #definition: object
  readonly #threads: HostedThread[] = []
  /** What ends the handlers that run, by their threads: those of a thread that has ended never do. */
  readonly #open = new Map<HostedThread, Set<() => void>>()
  #moving: Moving | undefined
  #needsLife = true
  #deaths = 0

  constructor(concurrency: number) {
    this.#definition = this.#define(concurrency)
    const observer: Partial<ProcessObserver<Process>> = {
      onCrash: (process) => {
        process.life.beginRestart()
        this.#needsLife = true
      },
      onCastFailed: (_process, name, error) => {
        const id = Number(name.slice(name.indexOf(' ')))
        this.#lostCasts.set(id, [...(this.#lostCasts.get(id) ?? []), error])
      },
    }
    const overflow = new Overflow(Infinity, 'reject')
    const limits = { policy: 'transient', maxRestarts: 1, withinMs: 1 } as const
    const restart = { ...limits, from: 'checkpoint', orElse: 'stop' } as const
    const placement = {} as unknown as Process['options']['placement']
    const options = {
      id: 'p1',
      name: undefined,
      args: undefined,
      overflow,
      placement,
      restart,
    }
    this.#process = new Process(options, observer as ProcessObserver<Process>)
  }

  #define(concurrency: number): object {
    const begin = (payload: unknown): number => {
      const id = typeof payload === 'number' ? payload : (payload as Moved).id
      this.#begun.push(id)
      return id
    }
    const slow = async (_state: unknown, payload: unknown): Promise<unknown> => {
      const id = begin(payload)
      const { opened, open } = gate()
      this.#open.get(this.#running)?.add(open)
      await opened
      return id
    }
    const quick = (_state: unknown, payload: unknown): unknown => begin(payload)
    const fail = (_state: unknown, id: unknown): never => {
      begin(id)
      throw new RangeError(`refused ${String(id)}`)
    }
    const calls = { quick, slow, fail }
    const casts = { note: quick, linger: slow }
    return { version: '1', init: () => ({}), calls, casts, concurrency }
  }

  /** The thread whose handlers run now. */
  #running!: HostedThread

  #newThread(): HostedThread {
    const thread = new HostedThread(this.#definition)
    thread.isolate.slots.reserve()
    this.#threads.push(thread)
    this.#open.set(thread, new Set())
    return thread
  }

  send(name: string, count: number): void {
    const isCast = name === 'note' || name === 'linger'
    for (let at = 0; at < count; at++) {
      const id = this.#accounts.length
      const message = sent(name, id, isCast ? 'cast' : 'call')
      this.#accounts.push({ ...message, isCast, isWithdrawn: false })
      this.#process.send(message.message)
    }
  }

  /** A message whose buffer moves with it: to post it twice would throw. */
  sendMoved(name: string): void {
    const moved: Moved = { id: this.#accounts.length, bytes: new ArrayBuffer(8) }
    const message = sent(name, moved)
    Object.assign(message.message, { transfer: [moved.bytes] })
    this.#accounts.push({ ...message, isCast: false, isWithdrawn: false })
    this.#process.send(message.message)
  }

  abort(number: number): void {
    const waiting = this.#accounts.filter(({ isCast, ends }) => !isCast && ends.length === 0)
    const account = waiting[number % Math.max(1, waiting.length)]
    if (account === undefined) return
    account.isWithdrawn = account.message.sequence === undefined
    this.#process.abandon(account.message, new MoultError('CALL_ABORTED', 'aborted'))
  }

  /** Threads read so many of what main has posted. */
  run(count?: number): void {
    for (const thread of this.#threads) {
      this.#running = thread
      thread.run(count)
    }
  }

  /** Main reads so many of what threads have posted. */
  arrive(count?: number): void {
    for (const { isolate } of this.#threads) isolate.arrive(count)
  }

  /** The handlers that run end. */
  async finish(): Promise<void> {
    for (const [thread, running] of this.#open) {
      this.#running = thread
      const opening = [...running]
      running.clear()
      for (const open of opening) open()
      await turn()
    }
  }

  /** A life to begin with, or after one was lost. */
  live(): void {
    if (!this.#needsLife) return
    this.#needsLife = false
    const { isolate } = this.#newThread()
    const limits = { initTimeoutMs: 2 ** 31, exitGraceMs: 2 ** 31 }
    startProcess(this.#process, isolate, versionOf(this.#definition), limits).catch(() => {
      this.#needsLife = true
    })
  }

  suspend(): void {
    if (this.#process.lifecycle !== 'running') return
    const from = this.#process.suspend()
    const moving: Moving = { from, exported: undefined, to: undefined, hasEntered: false }
    this.#moving = moving
    const batch = { slots: [from.slot], attempts: [from.requestSuspend()], migration }
    from.isolate.requests.suspend(batch).then(
      (exported) => {
        if (exported.states.lengths[0] !== -1) moving.exported = exported
      },
      () => undefined,
    )
  }

  move(hold: boolean): void {
    const moving = this.#moving
    if (moving?.exported === undefined || moving.to !== undefined) return
    const to = new Activation(this.#newThread().isolate, moving.from.version, this.#process)
    moving.to = to
    this.#process.moveTo(to)
    const { states, attachments } = moving.exported
    const batch = { slots: [to.slot], ids: ['p1'], names: ['p1'], migration, verify: true, hold }
    to.isolate.requests.enter({ ...batch, states, attachments }).then(
      (entries) => (moving.hasEntered = entryAt(entries, 0) !== undefined),
      () => undefined,
    )
    if (!hold) this.#process.deliver()
  }

  /** It stays where it has entered, or goes on where it was: the cell says which of both. */
  conclude(rollBack: boolean): void {
    const moving = this.#moving
    if (moving === undefined) return
    const { from, exported, to, hasEntered } = moving
    if (to !== undefined && !rollBack && !hasEntered && to.exit === undefined) return
    // Its state is on the way, and with it the replies before: without them what ended would be delivered again.
    if (exported === undefined && from.cell.state === CellState.Suspended && !from.exit) return
    this.#moving = undefined
    if (to !== undefined && this.#staysIn(to, rollBack)) {
      to.release()
      this.#process.settle(to)
      from.leaveBehind(2 ** 31, () => undefined)
      return
    }
    this.#process.rollBack(from)
    to?.leaveBehind(2 ** 31, () => undefined)
  }

  #staysIn(to: Activation, rollBack: boolean): boolean {
    // Where it has begun to handle messages nothing else is left, however the thread ended.
    return rollBack || to.exit !== undefined ? !to.cell.cancel() : true
  }

  /** A thread ends that is in the middle of something. */
  kill(number: number): void {
    const alive = this.#threads.filter(({ isolate }) => isolate.exit === undefined)
    const thread = alive[number % Math.max(1, alive.length)]
    if (thread === undefined) return
    this.#deaths++
    this.#open.get(thread)?.clear()
    thread.isolate.end()
  }

  /** Lets everything come to its end. */
  async settle(): Promise<void> {
    for (let round = 0; this.#process.messages.size > 0 && round < 1000; round++) {
      this.live()
      this.run()
      await this.finish()
      this.arrive()
      await turn()
      this.conclude(this.#moving?.to === undefined)
    }
  }

  /** Each message that was accepted has come to an end, once, in its order, and none was lost. */
  check(): void {
    expect(this.#process.messages.size).toBe(0)
    // Strictly: none began twice.
    expect(this.#begun).toEqual([...new Set(this.#begun)].sort((one, other) => one - other))
    const begun = new Set(this.#begun)
    for (const [id, account] of this.#accounts.entries()) {
      if (account.isCast) expect([id, begun.has(id)]).toEqual([id, true])
      else this.#checkCall(id, account, begun.has(id))
    }
  }

  #checkCall(id: number, { message, ends, isWithdrawn }: Account, hasBegun: boolean): void {
    expect([id, ends.length]).toEqual([id, 1])
    const [{ value, error } = {}] = ends
    const { code } = (error ?? {}) as { code?: string }
    if (isWithdrawn) expect([id, hasBegun]).toEqual([id, false])
    if (code === 'CALL_ABORTED') return
    // What came with its buffers is lost with the thread, begun or not.
    const isLost = code === 'ISOLATE_EXITED' && message.transfer !== undefined
    if (!isLost) expect([id, hasBegun]).toEqual([id, true])
    if (code === 'ISOLATE_EXITED') expect(this.#deaths).toBeGreaterThan(0)
    else if (message.name === 'fail') expect(error).toMatchObject({ message: `refused ${id}` })
    else expect(value).toBe(id)
  }
}
