/** After so many swaps the memory is looked at. */
export const EVERY = 50

export interface MemoryPoint {
  readonly swaps: number
  /** Resident memory in bytes. */
  readonly rss: number
}

/** Tells the parent process how much memory is resident. */
export function reportMemory(swaps: number): void {
  if (swaps % EVERY !== 0) return
  const point: MemoryPoint = { swaps, rss: process.memoryUsage.rss() }
  process.send?.(point)
}
