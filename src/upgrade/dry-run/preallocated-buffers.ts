import { fulfilsWithin } from '../../timing/deadline.ts'
import { onAbort } from '../../timing/on-abort.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { Activation } from '../../processes/activation.ts'

/**
 * A thread that is busy for longer than this (ms) is not waited for: without memory a copy takes longer, nothing else.
 */
const DEADLINE_MS = 100
/** Of isolates with more processes than this none is asked: that would take longer than it saves. */
const FEW_PROCESSES = 16

/**
 * Gets memory ready for a copy of the state's large buffers, in the new isolate, while the old one serves.
 * It is given up with the upgrade, when `signal` is aborted. Never fails: what would be wrong with either isolate shows
 * when it counts. Undefined where there is nothing to wait for.
 * @param known the sizes, where the old isolate has told them.
 */
export function preallocateFor(
  old: Activation,
  fresh: Isolate,
  signal: AbortSignal,
  known?: readonly number[],
): Promise<void> | undefined {
  if (known?.length === 0 || old.isolate.slots.occupied > FEW_PROCESSES) return undefined
  const lent = lendBuffersOf(old, fresh, signal, known)
  return fulfilsWithin(lent, DEADLINE_MS).then(() => undefined)
}

async function lendBuffersOf(
  old: Activation,
  fresh: Isolate,
  signal: AbortSignal,
  known: readonly number[] | undefined,
): Promise<void> {
  const { isolate, slot } = old
  const sizes = known ?? (await isolate.largeBuffers(slot))
  if (sizes.length === 0) return
  const preallocated = await fresh.allocateBuffers(sizes)
  if (signal.aborted || old.hasLeft) return
  const abandon = (): void => {
    if (!old.hasLeft) void isolate.lendBuffers(slot, []).catch(() => undefined)
  }
  onAbort(signal, abandon)
  await isolate.lendBuffers(slot, preallocated)
}
