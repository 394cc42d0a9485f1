import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { entryAt } from '../../protocol/wire/entries.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import { BATCH_DEADLINE_MS } from '../limits/deadlines.ts'
import { entering, scopeOf, untried } from './rehearsal.ts'
import type { DryRun } from './dry-run.ts'

/**
 * Rehearses as many migrations as can be at once, and do not fail; the others are left as they were.
 * @returns false when `to` died of it, or did not end in time.
 */
export async function rehearseTogether(
  sandboxes: readonly DryRun[],
  to: Isolate,
): Promise<boolean> {
  const neighbours = groupedBy(sandboxes, ({ place }) => place?.isolate)
  const tried = Array.from(neighbours, async ([from, group]) => {
    return from === undefined || tryGroup(group, from, to)
  })
  return (await Promise.all(tried)).every(Boolean)
}

/** Of processes that live in one isolate, and so have one path. */
async function tryGroup(group: readonly DryRun[], from: Isolate, to: Isolate): Promise<boolean> {
  const path = group[0]?.path
  if (path === undefined) return true
  const bySlot = new Map(group.map((dryRun) => [dryRun.place?.slot, dryRun]))
  const slots = [...bySlot.keys()].filter((slot) => slot !== undefined)
  const asked = from.requests.copyStates(slots, scopeOf(path))
  if (!(await fulfilsWithin(asked, BATCH_DEADLINE_MS))) return true
  const copies = await asked
  const leaveMs = copies.serialiseMs
  const copied = copies.slots.flatMap((slot) => bySlot.get(slot) ?? [])
  if (copied.length === 0) return true
  if (path.leave.by === 'downgrade') {
    for (const dryRun of copied) dryRun.onTried(untried(leaveMs))
    return true
  }
  const trying = to.requests.rehearseAll(copies, path.enter)
  if (!(await fulfilsWithin(trying, BATCH_DEADLINE_MS))) return false
  const entries = await trying
  copied.forEach((dryRun, at) => {
    const times = entryAt(entries, at)
    if (times !== undefined) dryRun.onTried({ leaveMs, enterMs: entering(times) })
  })
  return true
}
