import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { Tenancy } from '../../processes/activation.ts'

/** A thread that is busy for longer than this (ms) is not waited for: without room a copy takes longer, nothing else. */
const PATIENCE_MS = 100
/** Of isolates with more processes than this none is asked: that would take longer than it saves. */
const FEW_PROCESSES = 16

/** Whether it is worth asking. */
export function mayNeedRoom({ isolate }: Tenancy): boolean {
  return isolate.slots.load <= FEW_PROCESSES
}

/**
 * Gets memory ready for a copy of the state's large buffers, in the new isolate, for whom nobody waits, while the old one serves.
 * It is given up with the upgrade, when `signal` is aborted. Never fails: what would be wrong with either isolate shows when it counts.
 */
export async function roomFor(old: Tenancy, fresh: Isolate, signal: AbortSignal): Promise<void> {
  if (!mayNeedRoom(old)) return
  await fulfilsWithin(lendRoom(old, fresh, signal), PATIENCE_MS)
}

async function lendRoom(old: Tenancy, fresh: Isolate, signal: AbortSignal): Promise<void> {
  const { isolate, slot } = old
  const sizes = await isolate.largeBuffers(slot)
  if (sizes.length === 0) return
  const room = await fresh.makeRoom(sizes)
  if (signal.aborted || old.hasLeft) return
  const giveUp = (): void => {
    if (!old.hasLeft) void isolate.takeRoom(slot, []).catch(() => undefined)
  }
  signal.addEventListener('abort', giveUp, { once: true })
  await isolate.takeRoom(slot, room)
}
