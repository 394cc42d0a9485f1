import { isMoultError } from 'moult'
import type { MoultError } from 'moult'

/** What an upgrade is refused with. @throws what else comes of it */
export async function refusalOf(upgrade: Promise<unknown>): Promise<MoultError> {
  const error: unknown = await upgrade.then(
    () => new Error('it was upgraded'),
    (reason: unknown) => reason,
  )
  if (isMoultError(error)) return error
  throw error
}
