import { figuresOfWhole } from '../../protocol/wire/copying.ts'
import type { CopyFigures } from '../../protocol/wire/copying.ts'
import { Deferred } from '../../protocol/deferred.ts'

/** How often (ms) threads are asked whether they go on. */
const ASK_EVERY_MS = 100

/** Why a state goes as a whole whose thread does not answer. */
export const BUSY = 'its thread was busy'

/** Threads that are asked, until the end, whether they go on. */
interface Watch {
  /** Resolves when they do not. */
  readonly held: Promise<CopyFigures>
  readonly end: () => void
}

/** Looks whether threads are held by a handler that does not end. `goOn` resolves to false when one has not answered. */
export function watchThreads(goOn: () => Promise<boolean>): Watch {
  const held = new Deferred<CopyFigures>()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const askLater = (): void => {
    timer = setTimeout(() => void ask(), ASK_EVERY_MS)
  }
  const ask = async (): Promise<void> => {
    if (!(await goOn())) held.resolve(figuresOfWhole(BUSY))
    else if (!isOver) askLater()
  }
  const end = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  askLater()
  return { held: held.promise, end }
}
