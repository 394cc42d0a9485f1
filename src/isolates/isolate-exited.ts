import { MoultError } from '../protocol/errors.ts'
import { inWords } from './limits-in-words.ts'
import type { ThreadExit } from './thread.ts'

/** The error of messages and requests that were in a thread when it died. */
export function isolateExited(
  { threadId, exitCode, error, limits }: ThreadExit,
  process?: string,
  isReplyLost = false,
): MoultError {
  const reason = error === undefined ? `code ${exitCode}` : error.message + inWords(limits)
  const whose = process === undefined ? 'the isolate' : `the isolate of ${process}`
  const lost = isReplyLost ? '; the handler had finished, its reply was lost' : ''
  return new MoultError(
    'ISOLATE_EXITED',
    `${whose} exited (thread ${threadId}): ${reason}${lost}`,
    {
      ...(process !== undefined && { process }),
      ...(error !== undefined && { cause: error }),
    },
  )
}
