import { fulfilsWithin } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { figuresOfWhole } from '../../protocol/wire/copying.ts'
import type { CopyFigures } from '../../protocol/wire/copying.ts'
import { Deferred } from '../../protocol/deferred.ts'

/** How often (ms) a thread is asked whether it goes on. */
const ASK_EVERY_MS = 1000

/** Threads that are asked, until the end, whether they go on. */
interface Watch {
  /** Resolves when one has not answered. */
  readonly held: Promise<CopyFigures>
  readonly end: () => void
}

/** Looks whether a thread is held for longer than `ms`, by a handler that does not end. */
export function watchThreads(threads: readonly Isolate[], ms: number): Watch {
  const held = new Deferred<CopyFigures>()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const askLater = (): void => {
    timer = setTimeout(() => void ask(), ASK_EVERY_MS)
  }
  const ask = async (): Promise<void> => {
    const answers = threads.map((thread) => fulfilsWithin(thread.memory(), ms))
    const goOn = (await Promise.all(answers)).every(Boolean)
    if (!goOn) held.resolve(figuresOfWhole('its thread was busy'))
    else if (!isOver) askLater()
  }
  const end = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  askLater()
  return { held: held.promise, end }
}
