import type { Isolate } from '../../isolates/isolate.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { HandOverState } from './hand-over-state.ts'
import type { Member } from './member.ts'

/** Leaves the new activations of those that go on in their old ones. `state` is how far they had come. */
export async function leaveNew(
  members: readonly Member[],
  to: Isolate | undefined,
  state: HandOverState,
  { exitGraceMs, target }: HandOverOptions,
): Promise<void> {
  const alone = members.length === 1 && to?.slots.occupied === 1
  const hasNothingToClose = target.contract.live === undefined
  // A codeChange that never returns would not hear that it should leave.
  if (alone && state === 'entering' && hasNothingToClose) await to.kill()
  else await Promise.all(members.map(async ({ next }) => next?.deactivate(exitGraceMs)))
}
