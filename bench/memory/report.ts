/** After so many swaps the memory is looked at. */
export const EVERY = 50

export interface MemoryPoint {
  readonly swaps: number
  /** Resident memory in bytes. */
  readonly rss: number
  /** What V8 has for the main thread's own heap, in bytes: it comes and goes with main's garbage collections. */
  readonly heap: number
}

/** Tells the parent process how much memory there is. */
export function reportMemory(swaps: number): void {
  if (swaps % EVERY !== 0) return
  const { rss, heapTotal } = process.memoryUsage()
  const point: MemoryPoint = { swaps, rss, heap: heapTotal }
  process.send?.(point)
}
