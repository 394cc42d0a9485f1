import { startProcess } from '../../../src/processes/start.ts'
import { setImmediate as turn } from 'node:timers/promises'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { ProcessObserver } from '../../../src/processes/process-observer.ts'
import { Process } from '../../../src/processes/process.ts'
import { DryRun } from '../../../src/upgrade/dry-run/dry-run.ts'
import { HandOver } from '../../../src/upgrade/hand-over/hand-over.ts'
import type { HandOverOptions } from '../../../src/upgrade/limits/hand-over-options.ts'
import { Hops } from '../../../src/upgrade/plan/hops.ts'
import type { Loader } from '../../../src/versions/loader.ts'
import { Placement } from '../../../src/versions/placement.ts'
import type { Isolates } from '../../../src/versions/placement.ts'
import type { Version } from '../../../src/versions/version.ts'
import { gate } from '../../support/gate.ts'
import { HostedThread } from '../../support/hosted-thread.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'

/** A state, and what a step has added to it. */
export interface State {
  count: number
  [field: string]: unknown
}

/** What a test says of its versions and its isolates. */
interface Wishes {
  readonly isolates?: Isolates
  /** Fields of the definition that is left. */
  readonly old?: object
  /** Fields of the definition that is entered. */
  readonly next?: object
}

const limits = { initTimeoutMs: 10_000, exitGraceMs: 10_000 }

/** Processes of version 1 that are to be moved to version 2, in threads in memory which read when a test lets them. */
export class UpgradeWorld {
  readonly old: Version
  readonly target: Version
  readonly placement: Placement
  readonly loader: Loader
  /** In the order in which they were opened. */
  readonly threads: HostedThread[] = []
  /** Gives up what is under way. */
  abort = new AbortController()
  /** Names of the processes whose isolates died. */
  readonly crashed: string[] = []
  readonly #definitions = new Map<Version, object>()
  readonly #gates = new Map<unknown, ReturnType<typeof gate>>()

  constructor({ isolates = 1, old = {}, next = {} }: Wishes = {}) {
    const codeChange = { 1: (state: State): State => ({ ...state, by: 'codeChange' }) }
    this.old = this.#define({ version: '1', ...old })
    this.target = this.#define({ version: '2', codeChange, ...next })
    const open = async (version: Version): Promise<unknown> => this.#open(version).isolate
    this.loader = { open } as unknown as Loader
    this.placement = new Placement(this.loader, isolates)
  }

  #define(fields: {
    readonly version: string
    readonly codeChange?: object
    readonly calls?: object
  }): Version {
    const { version } = fields
    const definition = {
      init: (args: unknown): State => ({ count: 0, ...(args as object | undefined) }),
      ...fields,
      calls: {
        add: (state: State): number => ++state.count,
        read: (state: State): object => ({ ...state, version }),
        wait: async (state: State, name: unknown): Promise<number> => {
          await this.gate(name).opened
          return ++state.count
        },
        ...fields.calls,
      },
    }
    const made = versionOf(definition)
    this.#definitions.set(made, definition)
    return made
  }

  #open(version: Version): HostedThread {
    const thread = new HostedThread(this.#definitions.get(version) ?? {})
    this.threads.push(thread)
    return thread
  }

  /** What a `wait` of this name, or a step of a test's, waits for. */
  gate(name: unknown): ReturnType<typeof gate> {
    const known = this.#gates.get(name) ?? gate()
    this.#gates.set(name, known)
    return known
  }

  /** Processes `p0`, `p1`… which have these states beside a count of their own. */
  async spawn(...states: object[]): Promise<Process[]> {
    const processes = states.map((state, at) => this.#process(`p${at}`, { count: at, ...state }))
    const started = processes.map(async (process) => {
      const isolate = await this.placement.place(this.old)
      await startProcess(process, isolate, this.old, limits)
    })
    await this.settle(Promise.all(started))
    return processes
  }

  #process(id: string, args: unknown): Process {
    const limits = { policy: 'transient', maxRestarts: 1, withinMs: 1 } as const
    const restart = { ...limits, from: 'checkpoint', orElse: 'stop' } as const
    const overflow = new Overflow(Infinity, 'reject')
    const observer: Partial<ProcessObserver<Process>> = {
      onCrash: (process) => {
        process.life.beginRestart()
        this.crashed.push(process.label)
      },
      onStopped: () => undefined,
    }
    const options = {
      id,
      name: undefined,
      args,
      overflow,
      placement: this.placement,
      restart,
    }
    return new Process(options, observer as ProcessObserver<Process>)
  }

  options(some: Partial<HandOverOptions> = {}): HandOverOptions {
    const how = { from: '1', to: '2', extra: undefined }
    return {
      path: {
        start: '1',
        leave: { ...how, by: 'unchanged' },
        hops: [],
        enter: { ...how, by: 'codeChange' },
      },
      hops: new Hops([], 10_000),
      target: this.target,
      copy: 'ahead',
      warmMs: 0,
      hold: false,
      suspendTimeoutMs: 10_000,
      maxStallMs: 100,
      drainTimeoutMs: 10_000,
      closing: new AbortController().signal,
      codeChangeTimeoutMs: 10_000,
      maxPauseMs: Infinity,
      allowRemoved: false,
      probation: false,
      signal: this.abort.signal,
      exitGraceMs: 10_000,
      ...some,
    }
  }

  /** The hand-over of these processes, with a place for each in an isolate of the target. */
  async opened(
    processes: readonly Process[],
    some: Partial<HandOverOptions> = {},
  ): Promise<HandOver> {
    const options = this.options(some)
    const [first, ...others] = processes.map((process) => new DryRun(process, options))
    if (first === undefined) throw new RangeError('nothing to hand over')
    const handOver = new HandOver(first, others)
    await handOver.open(this.placement)
    return handOver
  }

  /** A process with this state, and its hand-over. */
  async one(state: object = {}, some: Partial<HandOverOptions> = {}) {
    const [process] = await this.spawn(state)
    if (process === undefined) throw new RangeError('no process')
    return { process, handOver: await this.opened([process], some) }
  }

  send(process: Process, name: string, payload?: unknown): Sent {
    const message = sent(name, payload)
    process.send(message.message)
    return message
  }

  /** What a call returns. */
  async ask(process: Process, name: string, payload?: unknown): Promise<unknown> {
    const { ends } = this.send(process, name, payload)
    while (ends.length === 0) await this.exchange()
    const [end] = ends
    if (end?.error !== undefined) throw new Error('the call failed', { cause: end.error })
    return end?.value
  }

  /** Both sides read what the other has posted. */
  async exchange(): Promise<void> {
    await turn()
    for (const thread of this.threads) thread.run()
    await turn()
    for (const { isolate } of this.threads) isolate.arrive()
  }

  /** What is under way and needs nothing but that both sides read comes to its end. */
  async rest(): Promise<void> {
    for (let round = 0; round < 10; round++) await this.exchange()
  }

  /** What `work` comes to while both sides read. */
  async settle<Value>(work: Promise<Value>): Promise<Value> {
    const progress = { isOver: false }
    const end = (): void => {
      progress.isOver = true
    }
    work.then(end, end)
    while (!progress.isOver) await this.exchange()
    return work
  }

  /** All that is done for a hand-over which is open, until its processes serve in the new version. */
  async move(handOver: HandOver): Promise<void> {
    await this.settle(handOver.suspend())
    await this.settle(handOver.transfer())
    handOver.resume()
    await this.settle(handOver.unload())
  }

  /** What a hand-over which is open fails with; it has been rolled back then. */
  async failureOf(handOver: HandOver): Promise<unknown> {
    try {
      await this.move(handOver)
    } catch (error) {
      await this.settle(handOver.rollBack())
      return error
    }
    throw new Error('it did not fail')
  }
}

/** What `work` fails with. */
export function failure(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
}

/** Whose moves are told. */
export function reported({ reports }: HandOver): string[] {
  return reports.map(({ report }) => report.id)
}

/** The names of members. */
export function labels(members: readonly { readonly process: Process }[]): string[] {
  return members.map(({ process }) => process.label)
}

/** Which version each process runs, or what it does else. */
export function versions(processes: readonly Process[]): (string | undefined)[] {
  return processes.map(({ lifecycle, version }) => {
    return lifecycle === 'running' ? version?.declared : lifecycle
  })
}
