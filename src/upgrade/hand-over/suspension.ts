import { stopped } from '../../processes/lifecycle.ts'
import type { OpenCall } from '../../processes/open-calls.ts'
import type { Process } from '../../processes/process.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { Deferred } from '../../protocol/deferred.ts'
import type { ExportedStates } from '../../protocol/wire/requests.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { BATCH_DEADLINE_MS } from '../limits/deadlines.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { Member } from './member.ts'

/** The old version's side of a hand-over: its processes stop where they are and give their states up. */
export class Suspension {
  readonly #options: HandOverOptions
  readonly #deadlines: Deadlines
  #states: ExportedStates | undefined
  #requestedAt = 0
  /** The one process that is waited for. */
  #awaited: { readonly member: Member; readonly answer: Deferred<ExportedStates> } | undefined
  #isToStop = false

  constructor(options: HandOverOptions, deadlines: Deadlines) {
    this.#options = options
    this.#deadlines = deadlines
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
    this.#requestedAt = sharedNow()
    const slots: number[] = []
    const attempts: number[] = []
    for (const member of members) {
      const old = member.process.suspend(this.#onStop)
      member.old = old
      slots.push(old.slot)
      attempts.push(old.requestSuspend())
    }
    const isolate = members[0]?.old?.isolate
    if (isolate === undefined) return
    const migration = this.#options.path.leave
    const answer = isolate.requests.suspend({ slots, attempts, migration })
    this.#states = await this.#answerTo(answer, members)
    if (this.#states !== undefined) note(this.#states, members)
  }

  #answerTo(
    answer: Promise<ExportedStates>,
    members: readonly Member[],
  ): Promise<ExportedStates | undefined> {
    const [member, ...others] = members
    if (member === undefined || others.length > 0) return this.#soon(answer)
    return this.#atBoundary(answer, member)
  }

  /** Undefined where the isolate is too busy, or has gone: each process hears why when it goes alone. */
  #soon(answer: Promise<ExportedStates>): Promise<ExportedStates | undefined> {
    const { suspendTimeoutMs, signal } = this.#options
    const timeoutMs = Math.min(suspendTimeoutMs, BATCH_DEADLINE_MS)
    return withDeadline(answer, { timeoutMs, signal }).catch(() => undefined)
  }

  async #atBoundary(
    answer: Promise<ExportedStates>,
    member: Member,
  ): Promise<ExportedStates | undefined> {
    const heard = new Deferred<ExportedStates>()
    answer.then(heard.resolve, heard.reject)
    this.#awaited = { member, answer: heard }
    try {
      return await this.#deadlines.suspend(heard.promise)
    } catch (error) {
      if (this.#isToStop) return undefined
      if (!this.#deadlines.isGivenUp(error) || member.old?.withdrawSuspend() !== false) throw error
      // The boundary was reached in time: the state is on its way.
      return await this.#onItsWay(answer, member)
    } finally {
      this.#awaited = undefined
    }
  }

  /** Encoding ends by itself; the user's downgrade function may not. */
  #onItsWay(answer: Promise<ExportedStates>, { old }: Member): Promise<ExportedStates> {
    if (this.#options.path.leave.by !== 'downgrade' || old === undefined) return answer
    return this.#deadlines.codeChangeIn([old.isolate], answer, 'end downgrade')
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
    const answered = Promise.allSettled(calls.map(({ answer }) => answer))
    await this.#deadlines.suspend(answered, 'answer a handler')
  }

  /** Lets a process go on where it is, as if it had not been asked. */
  forget(member: Member): void {
    member.goBack()
    member.old = undefined
    member.exported = undefined
  }
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
