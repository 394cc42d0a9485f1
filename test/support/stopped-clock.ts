import { onTestFinished, vi } from 'vitest'

/** Lets time pass only when a test says so. @returns what lets so many ms pass. */
export function stopClock(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return (ms) => void vi.advanceTimersByTime(ms)
}
