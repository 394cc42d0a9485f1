import type { ErrorDetails } from '../../protocol/errors.ts'
import type { Message } from '../message.ts'
import type { Process } from '../process.ts'
import { begunBy, inWords } from './activity.ts'
import type { Activity, HandledMessage } from './activity.ts'
import type { ProcessActivity } from './diagnosis.ts'

/** What a process is at, for the error of one who has waited for it: as much as can be told at once. */
export function atWork(process: Process): {
  readonly text: string
  readonly details: ErrorDetails
} {
  const { lifecycle, messages } = process
  const handling = begunBy(process).map(unseen)
  const waiting = messages.size - handling.length
  return { text: inWords({ lifecycle, handling, waiting }), details: detailsOf({ handling }) }
}

/** The same of a process that has been looked at, with the function that holds its thread. */
export function foundAtWork(activity: ProcessActivity): ErrorDetails {
  const [frame] = activity.stack ?? []
  return { ...detailsOf(activity), ...frame }
}

function unseen({ kind, name }: Message): HandledMessage {
  return { kind, name, seenForMs: 0, waitsFor: [] }
}

function detailsOf({ handling: [first] }: Pick<Activity, 'handling'>): ErrorDetails {
  if (first === undefined || first.kind === 'read-state') return {}
  return { handling: `the ${first.kind} '${first.name}'` }
}
