import { hasEnded } from '../../processes/lifecycle.ts'
import { handledOf } from '../../processes/totals.ts'
import type { Totals } from '../../processes/totals.ts'
import type { ProbationSettings } from '../../options/probation.ts'
import type { MoultError } from '../../protocol/errors.ts'
import type { HandedOver } from './handed-over.ts'
import { verdictOf } from './verdict.ts'
import type { Handled, Verdict } from './verdict.ts'

/** One process on probation. */
export class ProbationMember {
  readonly member: HandedOver
  readonly #settings: ProbationSettings
  /** What the process had handled at the swap. */
  readonly #before: Handled
  isOpen = true
  isChecked: boolean

  constructor(member: HandedOver, settings: ProbationSettings) {
    this.member = member
    this.#settings = settings
    this.#before = courseOf(member.process.totals)
    this.isChecked = settings.check === undefined
  }

  get label(): string {
    return this.member.process.label
  }

  /** Is told from now on when its thread ends, and when messages have ended. */
  begin(onCrash: (crash: MoultError) => void, onServed: () => void): void {
    const { process } = this.member
    process.onProbation = onCrash
    process.onServed = onServed
  }

  /** What it has handled since the swap. */
  get course(): Handled {
    const { messages, errors } = courseOf(this.member.process.totals)
    return { messages: messages - this.#before.messages, errors: errors - this.#before.errors }
  }

  /** Whether the time `isOver` is known to the probation of all. */
  judge(isOver: boolean): Verdict {
    const { process, next } = this.member
    // Stopped, or without its state by the death of another: there is nothing to go back with.
    if (hasEnded(process) || process.activation !== next) return 'passed'
    const course = { ...this.course, isOver, isChecked: this.isChecked }
    return verdictOf(course, this.#settings, this.#before)
  }
}

function courseOf(totals: Totals): Handled {
  return { messages: handledOf(totals), errors: totals.failed }
}
