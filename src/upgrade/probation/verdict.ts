import type { ProbationSettings } from '../../options/probation.ts'

/** What a process has handled. */
export interface Handled {
  /** Calls and casts. */
  readonly messages: number
  /** Those whose handler threw, and errors that its code left unhandled. */
  readonly errors: number
}

/** How a probation stands. */
export interface Course extends Handled {
  /** Whether its time is over. */
  readonly isOver: boolean
  /** Whether the check has said that all is well, or there is none. */
  readonly isChecked: boolean
}

/** What a probation comes to, or that it goes on. */
export type Verdict = 'passed' | 'failed' | 'open'

/** Errors that say nothing yet of a version: a caller may have sent what is refused. */
const FEW = 2

/**
 * Judges a version by what it has handled since the swap, beside what the process had handled before. Once it has
 * passed, it is not judged again.
 */
export function verdictOf(
  course: Course,
  { messages, maxErrors }: Pick<ProbationSettings, 'messages' | 'maxErrors'>,
  before: Handled,
): Verdict {
  if (course.errors > (maxErrors ?? expectedErrors(course.messages, before))) return 'failed'
  const isOver = course.isOver || course.messages >= messages
  return isOver && course.isChecked ? 'passed' : 'open'
}

/** Up to twice as many as the version before had in as many messages, and a few. */
function expectedErrors(messages: number, before: Handled): number {
  const share = before.messages === 0 ? 0 : before.errors / before.messages
  return FEW + 2 * share * messages
}
