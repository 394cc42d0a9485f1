import { fulfilsWithin } from '../timing/deadline.ts'
import { reachBoundary } from './boundary.ts'
import { hasEnded, isBeingMoved, isInTransit } from './lifecycle.ts'
import type { Process } from './process.ts'
import type { ExitReason } from '../protocol/definition/process-down.ts'

/** How a process is to end. */
export interface StopOptions {
  /** Whether to handle what was accepted before; else only the running handler finishes. */
  readonly drain: boolean
  /** How long (ms) that may take; then what is left is given up. */
  readonly timeoutMs: number
}

/** Ends a process: it accepts nothing more, finishes what it should, and leaves its isolate. */
export async function stopProcess(
  process: Process,
  { drain, timeoutMs }: StopOptions,
  graceMs: number,
  reason: 'normal' | 'shutdown' = 'normal',
): Promise<void> {
  // Nothing is awaited for one that stands: the very next message is refused.
  if (isInTransit(process)) await settled(process, timeoutMs)
  if (hasEnded(process)) {
    await process.life.exited
    return
  }
  process.beginStop(drain ? 'drain' : 'halt')
  const finished = drain ? process.drained() : atBoundary(process)
  const isInTime = await fulfilsWithin(finished, timeoutMs)
  await end(process, graceMs, isInTime ? reason : 'killed')
}

/**
 * Ends all processes of a runtime, whose isolates end next. Where they drain, each answers what handlers of the others
 * ask until none has anything left: what was accepted could not be handled else.
 */
export async function stopAll(
  processes: readonly Process[],
  options: StopOptions,
  graceMs: number,
): Promise<void> {
  if (!options.drain) return stopEach(processes, options, graceMs)
  const { stopping, ended } = await drainBatch(processes, options)
  const drained = stopping.filter(isDrained)
  const stuck = stopping.filter((each) => !isDrained(each))
  // Their isolates go with the runtime: to be let go of one by one first would take a hundred thousand of them seconds.
  for (const process of drained) process.endStop({ reason: 'shutdown' })
  await Promise.all(stuck.map((each) => end(each, graceMs, 'killed')))
  await Promise.all(ended.map(({ life }) => life.exited))
}

/** The same for the processes of one code: their isolates leave with them. */
export async function stopBatch(
  processes: readonly Process[],
  options: StopOptions,
  graceMs: number,
): Promise<void> {
  if (!options.drain) return stopEach(processes, options, graceMs)
  const { stopping, ended } = await drainBatch(processes, options)
  await Promise.all(
    stopping.map((each) => end(each, graceMs, isDrained(each) ? 'shutdown' : 'killed')),
  )
  await Promise.all(ended.map(({ life }) => life.exited))
}

async function stopEach(
  processes: readonly Process[],
  options: StopOptions,
  graceMs: number,
): Promise<void> {
  await Promise.all(processes.map((each) => stopProcess(each, options, graceMs, 'shutdown')))
}

/** Lets processes handle what they had accepted, as far as that is possible in time. Tells which had ended before. */
async function drainBatch(
  processes: readonly Process[],
  { timeoutMs }: StopOptions,
): Promise<{ readonly stopping: readonly Process[]; readonly ended: readonly Process[] }> {
  await Promise.all(processes.filter(isInTransit).map((each) => settled(each, timeoutMs)))
  const ended = processes.filter(hasEnded)
  const stopping = processes.filter((each) => !hasEnded(each))
  for (const process of stopping) process.beginStop('drain-all')
  await fulfilsWithin(allDrained(stopping), timeoutMs)
  return { stopping, ended }
}

async function allDrained(processes: readonly Process[]): Promise<void> {
  // What one still handles may be asked of another that had nothing left.
  while (!processes.every(isDrained)) {
    await Promise.all(processes.map((each) => each.drained()))
  }
}

/** Whether nothing is left that it could handle. */
function isDrained({ messages }: Process): boolean {
  return messages.unfinished === 0
}

async function end(process: Process, graceMs: number, reason: ExitReason): Promise<void> {
  // Behind the order to leave nothing may be delivered.
  process.beginStop('halt')
  await process.activation?.deactivate(graceMs)
  process.endStop({ reason })
}

/** Resolves when the process is neither moved nor made anew. */
async function settled(process: Process, timeoutMs: number): Promise<void> {
  await fulfilsWithin(restarted(process), timeoutMs)
  while (isBeingMoved(process)) {
    // Its handler may be waited for without a deadline. What comes then has one, and must not find it stopped half-way.
    process.onStop?.(process)
    await process.life.endOfTransit()
  }
}

/** Resolves when the process is not being made anew. */
async function restarted(process: Process): Promise<void> {
  while (process.lifecycle === 'restarting') await process.life.endOfTransit()
}

/** Resolves when the running handler has finished; no other is started then. */
async function atBoundary(process: Process): Promise<void> {
  const { activation } = process
  if (activation === undefined) return
  await reachBoundary(activation)
  await process.messages.letGo?.allEnded()
}
