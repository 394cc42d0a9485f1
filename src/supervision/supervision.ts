import { reasonOfDeath } from '../processes/process-exit.ts'
import type { ProcessExit } from '../processes/process-exit.ts'
import { hasEnded, stopped } from '../processes/lifecycle.ts'
import type { Version } from '../versions/version.ts'
import type { Process } from '../processes/process.ts'
import { noRestarts } from '../processes/process-options.ts'
import type { StopOptions } from '../processes/stop.ts'
import { Deferred } from '../protocol/deferred.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { fulfilsWithin } from '../timing/deadline.ts'
import { Child, blameOf } from './child.ts'
import type { ChildSpec, Death, ProcessSupervision } from './child.ts'
import { decideRestart } from './restart-policy.ts'
import { affectedBy, isRestarted } from './strategy.ts'
import type { ChildEnd, Strategy } from './strategy.ts'

/** How a supervisor restarts its children. */
export interface SupervisionSettings {
  readonly name: string
  readonly strategy: Strategy
  readonly maxRestarts: number
  readonly withinMs: number
}

/** What a supervisor does to processes. */
export interface ProcessKeeper {
  /** Takes the state of a process away, so that it has to be made anew. It may forget its checkpoint. */
  kill(process: Process, cause: MoultError, forgets?: boolean): Promise<unknown>
  /** Makes a process anew that is between two lives. */
  makeAnew(process: Process, version?: Version): Promise<void>
  stop(process: Process, options: StopOptions): Promise<void>
}

/**
 * A supervisor of several processes, as in OTP: starts them in order, makes good the death of one by its strategy, and
 * stops them in reverse order. A child that has died is made anew in its place, with its name, its id and its mailbox.
 */
export class Supervision implements ProcessSupervision {
  readonly #settings: SupervisionSettings
  readonly #keeper: ProcessKeeper
  readonly #children: readonly Child[]
  readonly #of = new Map<Process, Child>()
  #history = noRestarts
  readonly #ending = new Deferred<void>()
  #isEnding = false
  readonly #exited = new Deferred<ProcessExit>()
  /** The restarts where children depend on each other: one after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(settings: SupervisionSettings, specs: readonly ChildSpec[], keeper: ProcessKeeper) {
    this.#settings = settings
    this.#keeper = keeper
    this.#children = specs.map((spec) => new Child(spec))
  }

  get name(): string {
    return this.#settings.name
  }

  /** Resolves when it has ended, with all its children. */
  get exited(): Promise<ProcessExit> {
    return this.#exited.promise
  }

  /**
   * Starts all children, in order. Where one cannot be started, those before it are stopped.
   * @throws MoultError that of the child
   */
  async start(): Promise<void> {
    try {
      for (const child of this.#children) await this.#spawn(child)
    } catch (error) {
      await this.#end({ process: this.name, reason: 'init-failed' })
      throw error
    }
  }

  /** A child has lost its state. */
  onCrash(process: Process, error: MoultError): void {
    const child = this.#of.get(process)
    if (child === undefined || this.#isEnding || child.spec.restart === 'temporary') {
      process.endStop({ reason: reasonOfDeath(error), error: stopped(process.label, error) })
      return
    }
    process.life.beginRestart()
    this.#recover(child, { error, blame: process.blame })
  }

  /** A child has ended for good. */
  onExit(process: Process, { reason, error }: ProcessExit): void {
    const child = this.#of.get(process)
    this.#of.delete(process)
    // Of one that could not be started whoever has tried is told.
    if (child === undefined || this.#isEnding || reason === 'init-failed') return
    const end = endOf(reason)
    child.isDone = !isRestarted(child.spec.restart, end)
    if (child.isDone) return
    this.#recover(child, { error: error ?? process.stoppedError(), blame: 'own' })
  }

  /** Stops all children, the last one first. */
  async stop(reason: 'normal' | 'shutdown', most?: StopOptions): Promise<void> {
    await this.#end({ process: this.name, reason }, most)
  }

  #recover(child: Child, death: Death): void {
    child.death = death
    const restart = (): Promise<void> => this.#restart(child)
    if (this.#settings.strategy === 'one-for-one') child.turn = child.turn.then(restart)
    else this.#turn = this.#turn.then(restart)
  }

  async #restart(first: Child): Promise<void> {
    let failed: Child | undefined = first
    while (failed?.death !== undefined && !this.#isEnding) {
      const { death } = failed
      const affected = this.#affectedBy(failed)
      const deaths = affected.flatMap((each) => each.death ?? [])
      if (!(await this.#mayRestart(deaths))) {
        // It is not waited for: the end waits for this.
        void this.#abandon(failed, death.error)
        return
      }
      if (this.#hasToEnd()) return
      await this.#killLiving(affected, death.error)
      failed = await this.#startAll(affected)
    }
  }

  /** Anew at each question: it changes while others are awaited. */
  #hasToEnd(): boolean {
    return this.#isEnding
  }

  #affectedBy(failed: Child): readonly Child[] {
    const children = this.#children
    const at = children.indexOf(failed)
    return affectedBy(this.#settings.strategy, at, children.length)
      .flatMap((each) => children[each] ?? [])
      .filter(({ isDone }) => !isDone)
  }

  async #mayRestart(deaths: readonly Death[]): Promise<boolean> {
    const { maxRestarts, withinMs } = this.#settings
    const policy = { policy: 'transient', maxRestarts, withinMs } as const
    for (;;) {
      const now = performance.now()
      const decision = decideRestart(policy, this.#history, now, blameOf(deaths))
      if (decision.action === 'give up') return false
      if (decision.action === 'restart') {
        this.#history = decision.history
        return true
      }
      if (await fulfilsWithin(this.#ending.promise, decision.ms)) return true
    }
  }

  async #killLiving(affected: readonly Child[], cause: MoultError): Promise<void> {
    for (const { process } of affected.toReversed()) {
      if (process !== undefined) await this.#keeper.kill(process, cause)
    }
  }

  /** Starts children that are between two lives, or have ended. Returns the one that could not be. */
  async #startAll(affected: readonly Child[]): Promise<Child | undefined> {
    for (const child of affected) {
      child.death = undefined
      try {
        await this.#startAnew(child)
      } catch (error) {
        child.isDone = isUnloaded(error)
        if (child.isDone) continue
        child.death = { error: asMoultError(error), blame: child.process?.blame ?? 'own' }
        return child
      }
    }
    return undefined
  }

  async #startAnew(child: Child): Promise<void> {
    const { process, isDone } = child
    if (this.#isEnding || isDone || process === undefined) return
    if (process.lifecycle === 'stopped') return this.#spawn(child)
    if (process.lifecycle !== 'restarting') return
    try {
      await this.#keeper.makeAnew(process)
    } catch (error) {
      // It was stopped meanwhile, which it has told.
      if (!hasEnded(process)) throw error
    }
  }

  async #spawn(child: Child): Promise<void> {
    const onMade = (process: Process): void => {
      child.process = process
      this.#of.set(process, child)
    }
    await child.spec.spawn({ by: this, onMade })
  }

  async #abandon({ process }: Child, cause: MoultError): Promise<void> {
    const { maxRestarts, withinMs } = this.#settings
    const limit = `more than ${maxRestarts} times in ${withinMs} ms`
    const died = process?.label ?? 'a child'
    const message = `children of ${this.name} died ${limit}, ${died} the last`
    const error = new MoultError('RESTART_LIMIT', message, { process: died, cause })
    const end = { reason: 'restart-limit', error } as const
    this.#isEnding = true
    process?.endStop(end)
    await this.#end({ process: this.name, ...end })
  }

  async #end(exit: ProcessExit, most?: StopOptions): Promise<void> {
    this.#isEnding = true
    this.#ending.resolve()
    for (const { process } of this.#children) {
      if (process?.lifecycle === 'restarting') process.endStop({ reason: 'shutdown' })
    }
    await Promise.all([this.#turn, ...this.#children.map(({ turn }) => turn)])
    for (const { process, spec } of this.#children.toReversed()) {
      if (process !== undefined) await this.#keeper.stop(process, atMost(spec.shutdown, most))
    }
    this.#exited.resolve(exit)
  }
}

function endOf(reason: ProcessExit['reason']): ChildEnd {
  if (reason === 'normal') return 'stop'
  return reason === 'shutdown' ? 'shutdown' : 'death'
}

function atMost(own: StopOptions, most: StopOptions | undefined): StopOptions {
  if (most === undefined) return own
  return { drain: own.drain && most.drain, timeoutMs: Math.min(own.timeoutMs, most.timeoutMs) }
}

/** Its code is gone, and that was asked for. */
function isUnloaded(error: unknown): boolean {
  return isMoultError(error, 'CODE_UNLOADED') || isMoultError(error, 'RUNTIME_CLOSED')
}

function asMoultError(error: unknown): MoultError {
  if (isMoultError(error)) return error
  return new MoultError('INIT_FAILED', 'a child could not be started', { cause: error })
}
