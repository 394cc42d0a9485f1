import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { entryAt } from '../../protocol/wire/entries.ts'
import { groupedBy } from '../../protocol/grouped-by.ts'
import { JOINT_PATIENCE_MS } from '../limits/deadlines.ts'
import { entering, scopeOf, untried } from './rehearsal.ts'
import type { Trial } from './dry-run.ts'

/**
 * Rehearses as many migrations as can be at once, and do not fail; the others are left as they were.
 * @returns false when `to` died of it, or did not end in time.
 */
export async function rehearseTogether(trials: readonly Trial[], to: Isolate): Promise<boolean> {
  const neighbours = groupedBy(trials, ({ place }) => place?.isolate)
  const tried = Array.from(neighbours, async ([from, group]) => {
    return from === undefined || tryGroup(group, from, to)
  })
  return (await Promise.all(tried)).every(Boolean)
}

/** Of processes that live in one isolate, and so have one route. */
async function tryGroup(group: readonly Trial[], from: Isolate, to: Isolate): Promise<boolean> {
  const route = group[0]?.route
  if (route === undefined) return true
  const bySlot = new Map(group.map((trial) => [trial.place?.slot, trial]))
  const slots = [...bySlot.keys()].filter((slot) => slot !== undefined)
  const asked = from.questions.copyStates(slots, scopeOf(route))
  if (!(await fulfilsWithin(asked, JOINT_PATIENCE_MS))) return true
  const copies = await asked
  const leaveMs = copies.serialiseMs
  const copied = copies.slots.flatMap((slot) => bySlot.get(slot) ?? [])
  if (copied.length === 0) return true
  if (route.leave.by === 'downgrade') {
    for (const trial of copied) trial.onTried(untried(leaveMs))
    return true
  }
  const trying = to.questions.rehearseAll(copies, route.enter)
  if (!(await fulfilsWithin(trying, JOINT_PATIENCE_MS))) return false
  const entries = await trying
  copied.forEach((trial, at) => {
    const times = entryAt(entries, at)
    if (times !== undefined) trial.onTried({ leaveMs, enterMs: entering(times) })
  })
  return true
}
