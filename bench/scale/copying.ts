import { createRuntime } from 'moult'
import type { ProcessRef } from 'moult'
import type v1 from './tables-v1.ts'
import type { Sample, Variant } from './variant.ts'

const files = [
  new URL('./tables-v1.ts', import.meta.url),
  new URL('./tables-v2.ts', import.meta.url),
] as const
/** How long (ms) the process is called while nothing else goes on: as long as a copy takes. */
const IDLE_MS = 500

/** What calls cost while the table of their process is copied, beside what they cost before. One caller, back to back. */
export async function openCopying(size: number): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: size })
  let upgrades = 0
  return {
    name: 'moult, tables',
    async sample(): Promise<Sample> {
      const idle = await latencies(process, new Promise((resolve) => setTimeout(resolve, IDLE_MS)))
      const upgrade = code.upgrade(files[++upgrades % 2 === 0 ? 0 : 1])
      const copied = await latencies(process, upgrade)
      return { 'call, idle': idle, 'call while copied': copied }
    },
    close: () => runtime.close(),
  }
}

async function latencies(
  process: ProcessRef<typeof v1>,
  until: Promise<unknown>,
): Promise<number[]> {
  const found: number[] = []
  const over = new AbortController()
  void until.finally(() => over.abort())
  while (!over.signal.aborted) {
    const began = performance.now()
    await process.call('ping')
    found.push(performance.now() - began)
  }
  await until
  return found
}
