import { fulfilsWithin } from '../deadline.ts'
import type { Isolate } from '../isolates/isolate.ts'
import type { HandOver } from './hand-over.ts'
import { entering, scopeOf, untried } from './rehearsal.ts'

/** An isolate that is busy for longer than this (ms) is not waited for. */
const PATIENCE_MS = 1000

/**
 * Rehearses as many hand-overs as can be at once, and do not fail; the others are left as they were.
 * @returns false when `to` died of it, or did not end in time.
 */
export async function rehearseTogether(
  handOvers: readonly HandOver[],
  to: Isolate,
): Promise<boolean> {
  const neighbours = new Map<Isolate, HandOver[]>()
  for (const handOver of handOvers) {
    const isolate = handOver.trial.place?.isolate
    if (isolate === undefined) continue
    const known = neighbours.get(isolate)
    if (known === undefined) neighbours.set(isolate, [handOver])
    else known.push(handOver)
  }
  const tried = [...neighbours].map(([from, group]) => tryGroup(group, from, to))
  return (await Promise.all(tried)).every(Boolean)
}

/** Of processes that live in one isolate, and so have one route. */
async function tryGroup(group: readonly HandOver[], from: Isolate, to: Isolate): Promise<boolean> {
  const route = group[0]?.trial.route
  if (route === undefined) return true
  const slots = group.map(({ trial }) => trial.place?.slot ?? -1)
  const asked = from.questions.copyStates(slots, scopeOf(route))
  if (!(await fulfilsWithin(asked, PATIENCE_MS))) return true
  const copied = (await asked).flatMap((copy, at) => {
    const handOver = group[at]
    return copy === undefined || handOver === undefined ? [] : [{ handOver, copy }]
  })
  if (route.leave.by === 'downgrade') {
    for (const { handOver, copy } of copied) handOver.trial.onTried(untried(copy.serialiseMs))
    return true
  }
  const states = copied.map(({ copy }) => copy.bytes)
  const trying = to.questions.rehearseAll(states, route.enter)
  if (!(await fulfilsWithin(trying, PATIENCE_MS))) return false
  const times = await trying
  copied.forEach(({ handOver, copy: { serialiseMs } }, at) => {
    const each = times[at]
    if (each !== undefined)
      handOver.trial.onTried({ leaveMs: serialiseMs, enterMs: entering(each) })
  })
  return true
}
