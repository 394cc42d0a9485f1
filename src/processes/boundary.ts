import { unchanged } from '../protocol/wire/migration.ts'
import type { Activation } from './activation.ts'

/**
 * Resolves when the running handlers of an activation have finished, or stand still at an item of a stream that goes on
 * elsewhere. No other is started there then.
 */
export async function reachBoundary(activation: Activation): Promise<void> {
  const migration = unchanged(activation.version.contract.version)
  const attempts = [activation.requestSuspend()]
  await activation.isolate.requests.suspend({ slots: [activation.slot], attempts, migration })
}
