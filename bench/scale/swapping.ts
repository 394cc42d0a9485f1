import type { Swappable } from '../swap/swappable.ts'
import { sampleSwap } from '../swap/window.ts'
import type { Variant, WindowLength } from './variant.ts'

/** Swaps of something in this process, under a client on the main thread. The leader is the one as long as whose windows all are. */
export function swapping(
  name: string,
  subject: Swappable,
  window: WindowLength,
  isLeader = false,
): Variant {
  return {
    name,
    async sample() {
      await subject.prepare?.()
      const { gap, pause, window: took } = await sampleSwap(subject, isLeader ? 0 : window.ms)
      if (isLeader) window.ms = took
      return { gap: [gap], ...(pause !== undefined && { pause: [pause] }) }
    },
    close: () => subject.close(),
  }
}
