import { onTestFinished, vi } from 'vitest'

/** Lets time pass only when a test says so, for timers and for what threads measure. @returns what lets so many ms pass. */
export function stopClock(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const pass = (ms: number): void => void vi.advanceTimersByTime(ms)
  // No moment is 0.
  pass(1)
  return pass
}
