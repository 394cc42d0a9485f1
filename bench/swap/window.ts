import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Pinger } from './pinger.ts'
import type { Swappable } from './swappable.ts'

/** A window goes on for so long (ms) after the swap, so that what the swap leaves behind is seen too. */
const TAIL_MS = 5
/** The sampler of the event loop's delay itself fires so often (ms). */
const RESOLUTION_MS = 1

/** What was seen around one swap, in ms. */
export interface Window {
  /** The longest time between two replies. */
  readonly gap: number
  readonly pause: number | undefined
  /** How late the main thread's event loop was at worst. */
  readonly loopDelay: number
  readonly window: number
}

/** One swap in the middle of a window of at least so many milliseconds, under a client that never stops calling. */
export async function sampleSwap(variant: Swappable, windowMs: number): Promise<Window> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const pinger = new Pinger(() => variant.ping())
  await wait(TAIL_MS)
  delay.enable()
  pinger.reset()
  const began = performance.now()
  await wait(windowMs / 2)
  const { pauseMs: pause } = await variant.swap()
  await wait(Math.max(TAIL_MS, began + windowMs - performance.now()))
  const window = performance.now() - began
  const gap = pinger.longestGap
  delay.disable()
  await pinger.stop()
  return { gap, pause, loopDelay: Math.max(0, delay.max / 1e6 - RESOLUTION_MS), window }
}
