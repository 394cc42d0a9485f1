/** A thread that has nothing to load for so long (ms) is a spare, and has the time. */
const IDLE_MS = 20
/** 2 MB: V8 begins with 1 MB, which it collects twice before what lives on is no longer young. */
const ARRAYS = 256
const LENGTH = 1024

/**
 * Collects a thread's young generation while it is a spare. All that it has made since its start lives on, so its first
 * collection takes 2 to 4 ms: it would come in the first messages, or in the first pause.
 */
export function collectWhenIdle(): NodeJS.Timeout {
  return setTimeout(fillYoung, IDLE_MS)
}

/** Fills it with garbage: a program has no other way to ask V8 for a collection. */
function fillYoung(): void {
  let garbage: undefined[] = []
  for (let made = 0; made < ARRAYS; made++) garbage = new Array<undefined>(LENGTH)
  // It is read, so that no compiler leaves it out.
  if (garbage.length !== LENGTH) throw new RangeError('no garbage')
}
