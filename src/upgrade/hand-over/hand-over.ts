import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { ThreadExit } from '../../isolates/thread.ts'
import type { OpenCall } from '../../processes/open-call.ts'
import type { Process } from '../../processes/process.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { sizeOf } from '../../protocol/bytes/payload.ts'
import { present } from '../../protocol/bytes/joined-bytes.ts'
import { loneState } from '../../protocol/wire/requests.ts'
import type { ExportedStates } from '../../protocol/wire/requests.ts'
import type { Placement } from '../../versions/placement.ts'
import type { DryRun } from '../dry-run/dry-run.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { PauseEstimate } from '../report/pause-budget.ts'
import { BeforePause } from './before-pause.ts'
import { CopyAhead } from './copy-ahead.ts'
import { Entry } from './entry.ts'
import type { HandOverState } from './hand-over-state.ts'
import { leaveNew } from './leave-new.ts'
import { leaveOld } from './leave-old.ts'
import { Member, goingOf, movedOf } from './member.ts'
import type { MovedMember } from './member.ts'
import { Suspension } from './suspension.ts'
import { TargetPlace } from './target-place.ts'
import { Probation } from '../probation/probation.ts'

/**
 * Moves a batch of 1…n processes from one isolate to one that has loaded the target version. One method a phase of the
 * plan. A batch of one takes the time that its process needs. Of several only those move that may go in a batch, stand
 * at a message boundary and have small states; the others are {@link left}, as if they had not been asked, to go alone.
 */
export class HandOver {
  readonly members: readonly Member[]
  /** The first of them: the one of a batch of one. */
  readonly process: Process
  readonly #options: HandOverOptions
  /** The one of a batch of one. */
  readonly #lone: Member | undefined
  readonly #deadlines: Deadlines
  readonly suspension: Suspension
  readonly #ahead: CopyAhead | undefined
  readonly #alone: BeforePause | undefined
  #state: HandOverState = 'planned'
  readonly #suspended: Member[] = []
  readonly #place: TargetPlace
  #entry: Entry | undefined
  #passMs = 0
  #probation: Probation | undefined
  #releasedAt: number | undefined

  /** @param first, others processes of one isolate with the same options. */
  constructor(first: DryRun, others: readonly DryRun[] = []) {
    const { process, options, deadlines } = first
    this.process = process
    const member = new Member(first)
    const members = [member]
    for (const dryRun of others) members.push(new Member(dryRun))
    this.members = members
    this.#lone = others.length === 0 ? member : undefined
    this.#options = options
    this.#deadlines = deadlines
    this.suspension = new Suspension(options, deadlines)
    this.#place = new TargetPlace(options, members.length)
    if (this.#lone === undefined) return
    this.#ahead = new CopyAhead(process, options, deadlines)
    this.#alone = new BeforePause(this.#lone, options, deadlines, this.#ahead)
  }

  /** Gets places in an isolate that has loaded the target. */
  open(placement: Placement): Promise<void> | undefined {
    const opening = this.#place.open(placement)
    if (opening !== undefined) return opening.then(() => this.#setOpened())
    this.#setOpened()
  }

  #setOpened(): void {
    this.#state = 'opened'
  }

  get #to(): Isolate | undefined {
    return this.#place.isolate
  }

  /** Whether others live where it is to live: a copy that is tried there could take them along. */
  get isAmongOthers(): boolean {
    return this.#to?.slots.isInhabited === true
  }

  /** Whether copies of all have been tried that are to be. */
  get isTried(): boolean {
    return this.members.every(({ dryRun }) => dryRun.isDone)
  }

  /** Tries the migration of one alone on a copy. */
  async rehearse(isolate: Isolate | undefined = this.#to): Promise<void> {
    if (isolate !== undefined) await this.#alone?.rehearse(isolate, this.#to ?? isolate)
  }

  /** Looks whether the new version can read what waits. @throws MoultError `MAILBOX_REFUSED`, `CODE_CHANGE_TIMEOUT` */
  audit(): Promise<void> | undefined {
    return this.#to && this.#alone?.audit(this.#to)
  }

  /** Sends tables, or the objects of a large state, ahead while the old version serves. */
  copy(): Promise<void> | undefined {
    return this.#to && this.#alone?.copy(this.#to)
  }

  /** What the pause is thought to take; undefined where nothing was measured. */
  estimate(): PauseEstimate | undefined {
    return this.#alone?.estimate(this.#to)
  }

  /** Stops the old version at the next message boundary. */
  async suspend(): Promise<void> {
    const coming = this.#alone?.whenActive()
    if (coming !== undefined) await coming
    const going = goingOf(this.members, this.#lone !== undefined)
    this.#state = 'suspending'
    await this.suspension.run(going)
    for (const member of going) if (member.exported !== undefined) this.#suspended.push(member)
    this.#state = 'suspended'
    for (const member of going) if (member.exported === undefined) this.suspension.forget(member)
    if (this.#suspended.length === 0) this.#state = 'skipped'
  }

  /** Goes on where it is until it has answered these calls. */
  async answer(calls: readonly OpenCall[]): Promise<void> {
    this.#state = 'opened'
    this.#suspended.length = 0
    if (this.#lone !== undefined) await this.suspension.answer(this.#lone, calls)
  }

  /** Goes on where it is until all that are upgraded with it can stop as well. */
  serve(): void {
    this.#state = 'opened'
    this.#suspended.length = 0
    if (this.#lone !== undefined) this.suspension.serve(this.#lone)
  }

  /** Hands the states to the new version, which migrates them. Messages follow in the same breath unless they hold. */
  async transfer(): Promise<void> {
    const { states } = this.suspension
    if (this.#state === 'skipped' || states === undefined || this.#to === undefined) return
    const { signal, path } = this.#options
    // What they are given now would be lost with it.
    if (this.#to.exit !== undefined) throw isolateExited(this.#to.exit, this.#lone?.process.label)
    signal.throwIfAborted()
    const bytes = this.#measure(states)
    const verify = path.enter.by === 'codeChange' && this.#lone?.dryRun.proves(bytes) !== true
    // Without hops nothing is awaited: a tick here would be a tick of the pause.
    const { attachments } = states
    const passed =
      path.hops.length === 0
        ? { states: present(states.states), attachments }
        : await this.#pass(states)
    this.#state = 'entering'
    this.#entry = new Entry(this.#options, this.#to, this.#suspended)
    await this.#entry.run(passed, verify)
    this.#state = 'entered'
  }

  /** The size (bytes) of a lone state, without tables that went ahead of it: attachments count. */
  #measure(states: ExportedStates): number {
    const { exported } = this.#lone ?? {}
    if (this.#lone === undefined || exported === undefined) return 0
    this.#ahead?.settle(states, this.#lone.old)
    const restBytes = sizeOf(loneState(states))
    const stateBytes = restBytes + (this.#ahead?.bytes ?? 0)
    this.#lone.exported = { ...exported, stateBytes }
    return this.#ahead?.isOfGraph === true ? stateBytes : restBytes
  }

  async #pass(states: ExportedStates): Promise<Pick<ExportedStates, 'states' | 'attachments'>> {
    const { path, hops } = this.#options
    const began = sharedNow()
    const passing = hops.pass(loneState(states), path.hops, { id: this.process.id })
    const { bytes, attachments } = await this.#deadlines.codeChange(
      passing,
      'pass through older code',
    )
    this.#passMs = sharedNow() - began
    return { states: { bytes, lengths: [bytes.length] }, attachments }
  }

  /** From here on the new version serves. There is nothing to wait for. */
  resume(): undefined {
    if (this.#state !== 'entered') return
    const { probation, exitGraceMs } = this.#options
    if (probation !== false) {
      this.#probation = new Probation(this.members, { probation, exitGraceMs })
      this.#probation.begin()
    }
    this.#settle()
    this.#state = 'resumed'
  }

  /** Its processes serve in the new version, and can still go back. Undefined before, and where there is none. */
  get onProbation(): Probation | undefined {
    return this.#probation
  }

  #settle(): void {
    const { hold } = this.#options
    for (const { next, entered, process } of this.members) {
      if (next === undefined || entered === undefined) continue
      if (hold) next.release()
      // Those of a batch that stay where others go back are not judged.
      if (this.#probation === undefined) process.endProbation()
      process.settle(next)
    }
    // A process that holds stands still until the slowest of those that are upgraded with it is ready.
    if (hold) this.#releasedAt = sharedNow()
  }

  /** Leaves the old isolate, which goes with the last of its processes. */
  async unload(): Promise<void> {
    await this.release()
    if (this.#state === 'skipped') return
    await leaveOld(this.members, this.#options)
    this.#state = 'unloaded'
  }

  /** Gives up the places of those that have not come. */
  async release(): Promise<void> {
    let places = 0
    for (const { next } of this.members) if (next === undefined) places++
    await this.#place.release(places)
  }

  /**
   * Back to the old version with its own live state and its queue, at once. Those that serve in the new one already
   * stay there. Resolves when the new thread has gone, or has been left.
   */
  async rollBack(): Promise<void> {
    const state = this.#state
    if (this.#probation !== undefined) await this.#probation.goBack()
    if (state === 'resumed' || state === 'unloaded') return
    this.#state = 'rolledBack'
    if (this.#options.hold) for (const member of this.members) member.entered = undefined
    const back = this.members.filter(({ entered }) => entered === undefined)
    this.#ahead?.stop()
    // What only one may have is closed there before it is opened here again.
    const isExclusive = this.#options.target.contract.live === 'exclusive'
    if (isExclusive) await leaveNew(back, this.#to, state, this.#options)
    for (const member of back) member.rollBack()
    if (this.suspension.requestedAt > 0) this.#lone?.process.activation?.abandonUpgrade()
    this.#settle()
    await this.release()
    if (!isExclusive) await leaveNew(back, this.#to, state, this.#options)
  }

  /** Whether there was nothing to move. */
  get isSkipped(): boolean {
    return this.#state === 'skipped'
  }

  /** How the new thread ended, should it have died before it was needed. */
  get lostThread(): ThreadExit | undefined {
    return this.#state === 'skipped' ? undefined : this.#to?.exit
  }

  /** The label of the process that a failure is about. Undefined where it is not about one. */
  get culprit(): string | undefined {
    return this.#lone?.process.label ?? this.#entry?.culprit
  }

  /** The members that have not been moved: each is to go alone. */
  get left(): Member[] {
    const left: Member[] = []
    for (const member of this.members) if (member.entered === undefined) left.push(member)
    return left
  }

  /** What there is to tell of those that have been moved. */
  get reports(): MovedMember[] {
    const { states, requestedAt, stalls } = this.suspension
    return movedOf(this.members, {
      requestedAt,
      stalledMs: stalls.totalMs,
      passMs: this.#passMs,
      releasedAt: this.#releasedAt,
      copied: states && this.#ahead?.report(states),
    })
  }
}
