import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Activation } from '../../processes/activation.ts'
import { hasEnded, stopped } from '../../processes/lifecycle.ts'
import type { OpenCall } from '../../processes/open-call.ts'
import type { Process } from '../../processes/process.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { Deferred } from '../../protocol/deferred.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { CellState } from '../../protocol/wire/progress.ts'
import type { ExportedStates } from '../../protocol/wire/requests.ts'
import { BATCH_DEADLINE_MS } from '../limits/deadlines.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { Stalls } from '../limits/stalls.ts'
import type { Member } from './member.ts'

/** How often (ms) it is looked whether a process that runs its downgrade has reached its boundary. */
const LOOK_EVERY_MS = 50

/** The old version's side of a hand-over: its processes stop where they are and give their states up. */
export class Suspension {
  readonly #options: HandOverOptions
  readonly #deadlines: Deadlines
  /** The attempts to stop one alone. */
  readonly stalls: Stalls
  #states: ExportedStates | undefined
  #requestedAt = 0
  /** The one process that is waited for. */
  #awaited: { readonly member: Member; readonly answer: Deferred<ExportedStates> } | undefined
  #isToStop = false
  /** Whether a handler ran that had to end before anything else could be handled. */
  #isBusy = false
  /** Where the process has served since it was asked first. */
  #servedIn: Activation | undefined

  constructor(options: HandOverOptions, deadlines: Deadlines) {
    this.#options = options
    this.#deadlines = deadlines
    const { maxStallMs } = options
    this.stalls = new Stalls({ maxStallMs, suspendMs: () => deadlines.suspendMs })
  }

  /** The states of the members that have stopped. */
  get states(): ExportedStates | undefined {
    return this.#states
  }

  /** When they were asked to stop. */
  get requestedAt(): number {
    return this.#requestedAt
  }

  /**
   * Stops processes of one isolate: one alone at its next message boundary, of several those that stand at theirs. The
   * others have no `exported` state afterwards, nor has one that is to be stopped before it has reached its boundary.
   * @throws of one alone: MoultError `SUSPEND_TIMEOUT`, and what its state or its downgrade throws
   */
  async run(members: readonly Member[]): Promise<void> {
    const answer = this.#ask(members)
    if (answer === undefined) return
    this.#states = await this.#answerTo(answer, members)
    if (this.#states === undefined) return
    note(this.#states, members)
    const [lone, ...others] = members
    if (this.#isBusy && lone !== undefined && others.length === 0) standsSinceItsBoundary(lone)
  }

  /** Stops dispatching, and asks for what {@link run} waits for. */
  #ask(members: readonly Member[]): Promise<ExportedStates> | undefined {
    const exit = this.#servedIn?.exit
    // What it is made anew with is not what has been copied and audited.
    if (exit !== undefined) throw isolateExited(exit, members[0]?.process.label)
    this.#requestedAt = sharedNow()
    const slots: number[] = []
    const attempts: number[] = []
    for (const member of members) {
      const old = member.process.suspend(this.#onStop)
      member.old = old
      member.standsSince = old.wantsUpgradeSince ?? this.#requestedAt
      this.#isBusy = old.version.contract.concurrency === 1 && old.cell.isHandling
      slots.push(old.slot)
      attempts.push(old.requestSuspend())
    }
    const migration = this.#options.path.leave
    return members[0]?.old?.isolate.requests.suspend({ slots, attempts, migration })
  }

  #answerTo(
    answer: Promise<ExportedStates>,
    members: readonly Member[],
  ): Promise<ExportedStates | undefined> {
    const [member, ...others] = members
    if (member === undefined) return Promise.resolve(undefined)
    return others.length > 0 ? soon(answer, member, others) : this.#atBoundary(answer, member)
  }

  /** Attempt by attempt: what could be handled meanwhile waits for none of them longer than it may. */
  async #atBoundary(
    first: Promise<ExportedStates>,
    member: Member,
  ): Promise<ExportedStates | undefined> {
    for (
      let answer: Promise<ExportedStates> | undefined = first;
      answer !== undefined;
      answer = this.#ask([member])
    ) {
      try {
        return await this.#attempt(answer, member)
      } catch (error) {
        if (this.#isToStop) return undefined
        if (!this.#deadlines.isGivenUp(error)) throw error
        // The boundary was reached in time: the state is on its way.
        if (member.old?.withdrawSuspend() === false) return await this.#onItsWay(answer, member)
        if (this.#options.signal.aborted || this.stalls.isLast) throw error
      } finally {
        this.#awaited = undefined
      }
      if (!(await this.#serveUntilFree(member))) return undefined
    }
  }

  #attempt(answer: Promise<ExportedStates>, member: Member): Promise<ExportedStates> {
    const heard = new Deferred<ExportedStates>()
    answer.then(heard.resolve, heard.reject)
    this.#awaited = { member, answer: heard }
    // Where it handles one message at a time, the others wait for the running handler anyway.
    const isFelt = this.#options.maxStallMs < Infinity && concurrencyOf(member) > 1
    const timeoutMs = this.stalls.begin(this.#requestedAt, isFelt)
    const late = (): MoultError => this.#deadlines.suspendLate()
    const waited = this.#deadlines.within(heard.promise, timeoutMs, late)
    if (this.#options.path.leave.by !== 'downgrade') return waited
    // The time of the function begins at the boundary, of which the thread cannot tell while the function runs.
    const looking = setInterval(() => {
      if (member.old?.cell.state === CellState.Suspended) heard.reject(late())
    }, LOOK_EVERY_MS)
    return waited.finally(() => clearInterval(looking))
  }

  /**
   * The old version serves until another attempt is likely to succeed: none of the handlers runs any more that had
   * begun before. False where the process is to end.
   */
  async #serveUntilFree(member: Member): Promise<boolean> {
    const { process, old } = member
    if (old === undefined) return false
    const isFree = process.messages.whetherEnded(old)
    this.serve(member)
    const served = servedUntil(process, isFree, this.stalls.restMs(sharedNow()))
    try {
      const late = (): MoultError => this.#deadlines.suspendLate()
      await this.#deadlines.within(served.promise, this.stalls.leftMs(sharedNow()), late)
    } finally {
      served.end()
    }
    return !hasEnded(process)
  }

  /** Encoding ends by itself; a function of the user's may not. */
  #onItsWay(answer: Promise<ExportedStates>, { old }: Member): Promise<ExportedStates> {
    if (old === undefined) return answer
    const { isolate, version } = old
    if (this.#options.path.leave.by === 'downgrade')
      return this.#deadlines.codeChangeIn([isolate], answer, 'end downgrade')
    if (version.contract.live === undefined) return answer
    return this.#deadlines.codeChangeIn([isolate], answer, 'save and close')
  }

  /** The process is to be stopped: it goes on for that unless it is on its way already. */
  readonly #onStop = (process: Process): void => {
    if (this.#awaited?.member.process !== process) return
    const { member, answer } = this.#awaited
    // Main and the process, which may have reached its boundary just now, swap its cell: the first decides.
    if (member.old?.withdrawSuspend() !== true) return
    this.#isToStop = true
    answer.reject(stopped(process.label))
  }

  /** Lets a process go on where it is until it has answered these calls; then it can be stopped again. */
  async answer(member: Member, calls: readonly OpenCall[]): Promise<void> {
    this.forget(member)
    this.stalls.renew()
    const answered = Promise.allSettled(calls.map(({ answer }) => answer))
    await this.#deadlines.suspend(answered, 'answer a handler')
  }

  /** Lets a process go on where it is until another attempt. */
  serve(member: Member): void {
    this.stalls.fail(sharedNow() - member.standsSince)
    this.#servedIn = member.old
    this.forget(member)
  }

  /** Lets a process go on where it is, as if it had not been asked. */
  forget(member: Member): void {
    member.rollBack()
    member.old = undefined
    member.exported = undefined
  }
}

/** Undefined where the isolate is too busy, or has gone: each process hears why when it goes alone. */
function soon(
  answer: Promise<ExportedStates>,
  { dryRun: first }: Member,
  members: readonly Member[],
): Promise<ExportedStates | undefined> {
  // There may be a hundred thousand of them: they are made where they are needed.
  const others = (): Deadlines[] => members.map(({ dryRun }) => dryRun.deadlines)
  return first.deadlines.soon(answer, BATCH_DEADLINE_MS, others).catch(() => undefined)
}

function note(
  { states, stoppedAt, serialiseMs }: ExportedStates,
  members: readonly Member[],
): void {
  for (const [at, member] of members.entries()) {
    const stateBytes = states.lengths[at] ?? -1
    if (stateBytes < 0) continue
    member.exported = {
      stateBytes,
      stoppedAt: stoppedAt[at] ?? 0,
      serialiseMs: serialiseMs[at] ?? 0,
    }
  }
}

/** Where one message is handled at a time the others had to wait for its handler anyway. */
function standsSinceItsBoundary(member: Member): void {
  member.standsSince = Math.max(member.standsSince, member.exported?.stoppedAt ?? 0)
}

function concurrencyOf({ old }: Member): number {
  return old?.version.contract.concurrency ?? 1
}

/** The time for which a process serves while an upgrade waits: until `restMs` have passed and it `isFree`, or it runs no more. */
function servedUntil(
  process: Process,
  isFree: () => boolean,
  restMs: number,
): { readonly promise: Promise<void>; readonly end: () => void } {
  const { promise, resolve } = new Deferred<void>()
  let hasRested = false
  const look = (): void => {
    if (process.lifecycle !== 'running' || (hasRested && isFree())) resolve()
  }
  const timer = setTimeout(() => {
    hasRested = true
    look()
  }, restMs)
  process.onServed = look
  const end = (): void => {
    clearTimeout(timer)
    process.onServed = undefined
  }
  return { promise, end }
}
