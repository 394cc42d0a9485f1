import type { FaultPoint, Phase } from 'moult'
import { AsyncLocalStorage } from 'node:async_hooks'

/** What is to happen at a phase of one upgrade. Several may be under way, and a fault point does not say which it is. */
export interface Ambush {
  readonly phase: Phase
  readonly act: () => void | Promise<void>
  /** Whether the upgrade came that far. */
  isSprung: boolean
}

const ambushes = new AsyncLocalStorage<Ambush>()

/** For `createRuntime({ faultPoint })`. */
export const faultPoint: FaultPoint = (phase) => {
  const ambush = ambushes.getStore()
  if (ambush === undefined || ambush.phase !== phase) return
  ambush.isSprung = true
  return ambush.act()
}

/** Runs an upgrade with what lies in wait for it. */
export function withAmbush<Result>(ambush: Ambush | undefined, upgrade: () => Result): Result {
  return ambush === undefined ? upgrade() : ambushes.run(ambush, upgrade)
}
