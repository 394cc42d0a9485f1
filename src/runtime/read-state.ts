import { request } from '../processes/messenger.ts'
import type { Process } from '../processes/process.ts'
import { MoultError, detailsOf, isMoultError } from '../protocol/errors.ts'

/** A copy of the state of a process, behind what it has accepted. @throws MoultError `UNCLONEABLE_STATE` */
export async function readState(process: Process): Promise<unknown> {
  try {
    return await request(process, 'read-state', '', undefined)
  } catch (error) {
    throw isMoultError(error, 'UNCLONEABLE_REPLY') ? uncloneableState(error) : error
  }
}

/** `ref.state()` travels as a call whose reply is the state. */
function uncloneableState(error: MoultError): MoultError {
  const path = error.path?.replace(/^reply/, 'state') ?? 'state'
  const message = error.message.replace(/^reply/, 'state')
  return new MoultError('UNCLONEABLE_STATE', message, {
    ...detailsOf(error),
    path,
    cause: error.cause,
  })
}
