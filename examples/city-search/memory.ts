import type { MemoryReport, Runtime } from 'moult'
import { setTimeout } from 'node:timers/promises'

/** The isolate of the one process and the warm spare. */
const SETTLED_ISOLATES = 2

/** Threads and memory once the spare of the next swap has started, or after five seconds as they are then. */
export async function settledMemory(runtime: Runtime): Promise<MemoryReport> {
  for (let tries = 0; runtime.isolates !== SETTLED_ISOLATES && tries < 50; tries++) {
    await setTimeout(100)
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { rss, heapUsed, external, arrayBuffers, isolates: runtime.isolates }
}
