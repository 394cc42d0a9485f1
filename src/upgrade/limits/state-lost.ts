import { MoultError } from '../../protocol/errors.ts'

/** What is told where a state's buffers had moved and did not come back: by an upgrade that fails also why it does. */
export function stateLost(process: string, cause?: unknown): MoultError {
  const why = 'its buffers had moved and could not be moved back'
  const message = `the state of ${process} is lost, for ${why}: it is made anew by init`
  return new MoultError('STATE_LOST', message, { process, ...(cause !== undefined && { cause }) })
}
