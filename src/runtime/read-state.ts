import { request } from '../processes/messenger.ts'
import type { Process } from '../processes/process.ts'
import { MoultError, detailsOf, isMoultError } from '../protocol/errors.ts'

/** A copy of the state of a process, behind what it has accepted. @throws MoultError `UNCLONEABLE_STATE`, `NOT_DECLARED` */
export async function readState(process: Process): Promise<unknown> {
  try {
    return await request(process, 'read-state', '', undefined)
  } catch (error) {
    const isOfState = isMoultError(error) && error.path?.startsWith('reply') === true
    throw isOfState ? errorOfState(error) : error
  }
}

/** `ref.state()` travels as a call whose reply is the state. */
function errorOfState(error: MoultError): MoultError {
  const path = error.path?.replace(/^reply/, 'state') ?? 'state'
  const message = error.message.replace(/^reply/, 'state')
  const code = error.code === 'UNCLONEABLE_REPLY' ? 'UNCLONEABLE_STATE' : error.code
  return new MoultError(code, message, {
    ...detailsOf(error),
    path,
    cause: error.cause,
  })
}
