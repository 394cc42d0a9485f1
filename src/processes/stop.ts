import { fulfilsWithin } from '../deadline.ts'
import type { Process } from './process.ts'

/** How a process is to end. */
export interface StopOptions {
  /** Whether to handle what was accepted before; else only the running handler finishes. */
  readonly drain: boolean
  /** How long (ms) that may take; then what is left is given up. */
  readonly timeoutMs: number
}

/** Ends a process: it accepts nothing more, finishes what it should, and its isolate leaves. */
export async function stopProcess(
  process: Process,
  { drain, timeoutMs }: StopOptions,
  graceMs: number,
): Promise<void> {
  await fulfilsWithin(restarted(process), timeoutMs)
  // What moves it has deadlines of its own, and must not find it stopped half-way.
  while (process.isBeingMoved) await process.arrival()
  if (process.lifecycle === 'stopping' || process.lifecycle === 'stopped') return process.stopped
  process.beginStop(drain)
  const finished = drain ? process.drained() : atBoundary(process)
  await fulfilsWithin(finished, timeoutMs)
  await process.tenancy?.isolate.leave(graceMs)
  process.endStop()
}

/** Resolves when the process is not being made anew. */
async function restarted(process: Process): Promise<void> {
  while (process.lifecycle === 'restarting') await process.arrival()
}

/** Resolves when the running handler has finished; no other is started then. */
async function atBoundary(process: Process): Promise<void> {
  const version = process.version?.contract.version ?? ''
  await process.tenancy?.suspend({ from: version, to: version, by: 'unchanged', extra: undefined })
}
