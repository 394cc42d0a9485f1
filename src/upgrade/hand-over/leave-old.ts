import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { drained } from './drain.ts'
import type { Member } from './member.ts'

/** Leaves the old activations, behind handlers there that have let go of the state. */
export async function leaveOld(
  members: readonly Member[],
  options: HandOverOptions,
): Promise<void> {
  const { exitGraceMs } = options
  const leaving: Promise<void>[] = []
  for (const { old, process } of members) {
    if (old === undefined) continue
    const draining = drained(process, old, options)
    leaving.push(draining?.then(() => old.deactivate(exitGraceMs)) ?? old.deactivate(exitGraceMs))
  }
  await Promise.all(leaving)
}
