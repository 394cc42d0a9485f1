import { MoultError } from '../protocol/errors.ts'
import type { ThreadExit } from './thread.ts'

/** What a message gets whose thread died, and a request to it. */
export function isolateExited(
  { threadId, exitCode, error }: ThreadExit,
  process?: string,
  isReplyLost = false,
): MoultError {
  const reason = error === undefined ? `code ${exitCode}` : error.message
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
