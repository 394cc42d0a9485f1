import { withDeadline } from '../../timing/deadline.ts'
import type { OpenCalls } from '../../processes/open-calls.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import { Rendezvous } from './rendezvous.ts'

/**
 * Suspends processes that are upgraded together. One that has reached its boundary may be called by a handler of
 * another that has not, and each would wait for the other: it goes on with its own live state until it has answered,
 * and is suspended again. Where the others take long, it serves until they can stop.
 */
export function suspendAll(
  handOvers: readonly HandOver[],
  openCalls: OpenCalls,
  signal: AbortSignal,
): Promise<void>[] {
  const rendezvous = new Rendezvous(handOvers, openCalls)
  const unwatch = openCalls.watch(rendezvous.review)
  const suspended = handOvers.map((each) => suspendWithOthers(each, rendezvous, signal))
  void Promise.allSettled(suspended).then(() => {
    unwatch()
    rendezvous.end()
  })
  return suspended
}

async function suspendWithOthers(
  handOver: HandOver,
  rendezvous: Rendezvous,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await handOver.suspend()
    // It has ended meanwhile: what it had accepted it still handles.
    if (handOver.isSkipped) {
      rendezvous.leave(handOver)
      return
    }
    const told = await withDeadline(rendezvous.arrive(handOver), { signal })
    if ('untilAsked' in told) {
      handOver.serve()
      await withDeadline(told.untilAsked, { signal })
    } else if (told.calls.length === 0) return
    else await handOver.answer(told.calls)
  }
}
