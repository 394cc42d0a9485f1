import type { Isolate } from '../../isolates/isolate.ts'
import { Activation } from '../../processes/activation.ts'
import { MessageLog } from '../../processes/message-log.ts'
import { sharedNow } from '../../protocol/clock.ts'
import { entryAt } from '../../protocol/wire/entries.ts'
import type { Entries } from '../../protocol/wire/entries.ts'
import { CellState } from '../../protocol/wire/progress.ts'
import type { ExportedStates } from '../../protocol/wire/requests.ts'
import { decodeError } from '../../protocol/wire/thrown.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { codeChangeLate } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { Member } from './member.ts'

/** The new version's side of a hand-over: processes enter one isolate with their states. */
export class Entry {
  readonly #options: HandOverOptions
  readonly #to: Isolate
  readonly #members: readonly Member[]
  #culprit: string | undefined

  constructor(options: HandOverOptions, to: Isolate, members: readonly Member[]) {
    this.#options = options
    this.#to = to
    this.#members = members
  }

  /**
   * Activates the members there, each as soon as its state is migrated; what waits for them follows in the same breath
   * unless they hold. Those that have come in are `entered`, also where it fails for others.
   * @param verify whether the migrated states are to be proved to be data.
   * @throws the first failure, or MoultError `CODE_CHANGE_TIMEOUT`
   */
  async run(
    states: Pick<ExportedStates, 'states' | 'attachments'>,
    verify: boolean,
  ): Promise<void> {
    const { path, hold } = this.#options
    const slots: number[] = []
    const ids: string[] = []
    const names: string[] = []
    for (const member of this.#members) {
      slots.push(this.#activate(member))
      ids.push(member.process.id)
      names.push(member.process.label)
    }
    const checkpoints = this.#members.some(
      ({ process }) => process.options.checkpoint !== undefined,
    )
      ? this.#members.map(({ process }) => process.options.checkpoint)
      : undefined
    const named = { slots, ids, names, checkpoints }
    const batch = { ...named, migration: path.enter, verify, hold, ...states }
    const entered = this.#to.requests.enter(batch)
    if (!hold) for (const { process } of this.#members) process.deliver()
    await this.#settle(entered)
  }

  /** @returns its slot. */
  #activate(member: Member): number {
    const { process } = member
    const { target, probation } = this.#options
    const next = new Activation(this.#to, target, process)
    member.messagesHeld = process.messages.size
    if (probation === false) process.moveTo(next)
    else {
      member.timers = process.timers && new Map(process.timers)
      process.moveTo(next, new MessageLog())
    }
    member.next = next
    member.untouched = next.cell.started
    return next.slot
  }

  /** The label of the process that {@link run} failed for. */
  get culprit(): string | undefined {
    return this.#culprit
  }

  async #settle(entering: Promise<Entries>): Promise<void> {
    const { signal, codeChangeTimeoutMs: timeoutMs } = this.#options
    const late = (): Error => codeChangeLate(this.#firstEntering(), 'end codeChange', this.#options)
    let entries: Entries
    try {
      entries = await withDeadline(entering, { timeoutMs, late, signal })
    } catch (error) {
      this.#culprit = this.#firstEntering()
      await this.#cancel()
      if (this.#members.every(({ entered }) => entered !== undefined)) return
      throw error
    }
    for (const [at, member] of this.#members.entries()) member.entered = entryAt(entries, at)
    this.#refuse(entries)
  }

  /** What fails here is not tried again: it may have had effects. */
  #refuse({ failures }: Entries): void {
    const [first] = failures
    if (first === undefined) return
    const [at, error] = first
    this.#culprit = this.#members[at]?.process.label
    throw decodeError(error)
  }

  /** They enter in order: this one is at it, if any is. */
  #firstEntering(): string {
    const entering = this.#members.find(({ next }) => next?.cell.state === CellState.Entering)
    return (entering ?? this.#members[0])?.process.label ?? ''
  }

  /**
   * Main and a process, which may be ready just now, swap its cell: the first decides. One that is in has its times
   * told by nothing.
   */
  async #cancel(): Promise<void> {
    const areIn = this.#members.map(({ next }) => next?.cell.cancel() === false)
    if (!areIn.includes(true)) return
    // One that enters behind them may hold the thread. Which of them have handled something is sure only when it has
    // gone.
    const goesOn = areIn.every(Boolean)
      ? this.#to.exit === undefined
      : await this.#to.endIfHeld(this.#options.exitGraceMs)
    const unknown = { deserialiseMs: 0, codeChangeMs: 0, verifyMs: 0, openMs: 0 }
    const times = { readyAt: sharedNow(), ...unknown }
    this.#members.forEach((member, at) => {
      if (areIn[at] === true && (goesOn || member.hasHandled)) member.entered = times
    })
  }
}
