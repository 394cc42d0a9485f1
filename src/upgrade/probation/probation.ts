import { hasEnded } from '../../processes/lifecycle.ts'
import type { ProcessWentBack } from '../plan/upgrade-observer.ts'
import type { ProbationSettings } from '../../options/probation.ts'
import { Deferred } from '../../protocol/deferred.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { MAX_DELAY_MS, withDeadline } from '../../timing/deadline.ts'
import type { HandedOver } from './handed-over.ts'
import {
  checkFailed,
  checkLate,
  crashed,
  rolledBackWith,
  tooManyErrors,
} from './probation-failure.ts'
import { goBack } from './go-back.ts'
import { ProbationMember } from './probation-member.ts'

/** How long (ms) a check may take at least. */
const CHECK_MS = 5_000

/** What a probation is carried out with. */
export interface ProbationOptions {
  readonly probation: ProbationSettings
  readonly exitGraceMs: number
}

/**
 * The first messages of the new version in processes that were handed over together. Their old activations stay,
 * suspended with their states, until {@link pass}. The idea is of Mvedsua (Pina et al., ASPLOS 2019), where the old
 * version runs on beside the new one: here it stands still, and replays.
 */
export class Probation {
  readonly #settings: ProbationSettings
  readonly #graceMs: number
  readonly #members: readonly ProbationMember[]
  readonly #ended = new Deferred<void>()
  /** Aborted when nothing is judged any more. Only for a check: an abort costs more than the rest of a probation. */
  readonly #checking: AbortController | undefined
  #hasEnded = false
  #open: number
  #isOver = false
  #timer: NodeJS.Timeout | undefined
  #failure: MoultError | undefined

  /** @param members of which those have come that are about to serve in the new version */
  constructor(members: readonly HandedOver[], { probation, exitGraceMs }: ProbationOptions) {
    this.#settings = probation
    this.#graceMs = exitGraceMs
    this.#checking = probation.check && new AbortController()
    const entered = members.filter((each) => each.entered !== undefined)
    this.#members = entered.map((member) => new ProbationMember(member, probation))
    this.#open = this.#members.length
    // Only what runs it waits for it.
    this.#ended.promise.catch(() => undefined)
  }

  /** From now on it is told what becomes of them. */
  begin(): void {
    for (const member of this.#members) {
      member.begin(
        (crash) => this.#fail(member.member, crashed(member.label, crash)),
        () => this.#look(member),
      )
    }
  }

  /**
   * Resolves when the new version has passed.
   * @throws MoultError `PROBATION_FAILED`; then nothing is undone yet: see {@link goBack}
   */
  async run(): Promise<void> {
    const { ms } = this.#settings
    if (ms <= MAX_DELAY_MS) this.#timer = setTimeout(() => this.#endTime(), ms)
    if (this.#open === 0) this.#ended.resolve()
    for (const member of this.#members) {
      void this.#check(member)
      this.#look(member)
    }
    await this.#ended.promise
  }

  #endTime(): void {
    this.#isOver = true
    for (const member of this.#members) this.#look(member)
  }

  #look(member: ProbationMember): void {
    if (!member.isOpen) return
    const verdict = member.judge(this.#isOver)
    if (verdict === 'failed') this.#fail(member.member, tooManyErrors(member.label, member.course))
    if (verdict !== 'passed') return
    member.isOpen = false
    this.#open--
    if (this.#open === 0) this.#ended.resolve()
  }

  async #check(member: ProbationMember): Promise<void> {
    const { check, ms } = this.#settings
    if (check === undefined) return
    const timeoutMs = Math.max(CHECK_MS, ms)
    const late = (): MoultError => checkLate(member.label, timeoutMs)
    try {
      const asked = new Promise((resolve) => resolve(check(member.member.process)))
      const result = await withDeadline(asked, { timeoutMs, late, signal: this.#checking?.signal })
      if (result === false) throw checkFailed(member.label, 'returned false')
      member.isChecked = true
      this.#look(member)
    } catch (error) {
      this.#fail(member.member, checkFailed(member.label, error))
    }
  }

  /** The member handles nothing more where it is: what has been answered there can only grow. */
  #fail({ process }: HandedOver, error: MoultError): void {
    if (this.#hasEnded) return
    this.#failure ??= error
    if (process.lifecycle === 'running') process.suspend()
    this.#ended.reject(this.#failure)
  }

  /** What has gone wrong, also after it had passed. */
  get failure(): MoultError | undefined {
    return this.#failure
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#hasEnded = true
    this.#checking?.abort()
  }

  /** They are on probation no more: their old activations may be left. */
  pass(): void {
    this.#end()
    for (const { member } of this.#members)
      if (!hasEnded(member.process)) member.process.endProbation()
  }

  /**
   * Back to the old version, with its state from the swap and the messages since. Those that have been stopped, or lost
   * their states, stay.
   */
  async goBack(): Promise<ProcessWentBack[]> {
    this.#end()
    const { onRollBack } = this.#settings
    const graceMs = this.#graceMs
    const replays = (): boolean => onRollBack === 'replay'
    const going = this.#members.map(async ({ member }) => {
      const reason = this.#failure ?? rolledBackWith(member.process.label)
      return goBack(member, { replays, reason }, graceMs)
    })
    const back = await Promise.all(going)
    return back.filter((each) => each !== undefined)
  }
}
