import { MoultError } from '../protocol/errors.ts'
import { isBeingMade } from './lifecycle.ts'
import type { OpenCall } from './open-call.ts'
import type { Process } from './process.ts'

/** The open calls of the handlers of a process. */
type CallsOf = (process: Process) => readonly OpenCall[]

/** A call that is to be made. */
type ComingCall = Omit<OpenCall, 'answer'>

/**
 * The processes that would wait for each other, in the order of their calls, the caller first. Undefined where the call
 * can end.
 *
 * @param callsOf the open calls, with the one that is to be made
 */
export function circleOf(
  { from, to }: ComingCall,
  callsOf: CallsOf,
): readonly Process[] | undefined {
  const stuck = stuckFrom(to, callsOf)
  if (!stuck.has(to)) return undefined
  // By the process that has called each. It grows while it is gone through.
  const callers = new Map<Process, Process>([[to, from]])
  for (const process of callers.keys()) {
    if (process === from) return wayTo(from, callers)
    for (const { to: next } of stuck.get(process) ?? []) {
      if (stuck.has(next) && !callers.has(next)) callers.set(next, process)
    }
  }
  return [from, to]
}

/** The processes on the way back to itself, itself first. */
function wayTo(start: Process, callers: ReadonlyMap<Process, Process>): readonly Process[] {
  const way = [start]
  for (let at = callers.get(start); at !== undefined && at !== start; at = callers.get(at))
    way.push(at)
  return [start, ...way.slice(1).reverse()]
}

/**
 * The processes from `start` on of which nothing can end that they handle at once, and their calls: all of it waits for
 * processes of which the same is true. A call counts as long as the handler runs that has made it.
 */
function stuckFrom(start: Process, callsOf: CallsOf): Map<Process, readonly OpenCall[]> {
  const waiting = new Map<Process, readonly OpenCall[]>()
  const reached = new Set([start])
  // It grows while it is gone through.
  for (const process of reached) {
    const calls = callsOf(process).filter(takesRoom)
    if (!isFull(process, calls)) continue
    waiting.set(process, calls)
    for (const { to } of calls) reached.add(to)
  }
  let before: number
  do {
    before = waiting.size
    for (const [process, calls] of waiting) {
      const inside = calls.filter(({ to }) => waiting.has(to))
      if (!isFull(process, inside)) waiting.delete(process)
    }
  } while (waiting.size < before)
  return waiting
}

/** Whether what the call is made by takes a place from which its process could handle another message. */
function takesRoom({ from, outer }: OpenCall): boolean {
  // By `init`: nothing is handled before it has ended.
  if (outer === undefined) return isBeingMade(from)
  if (!outer.isFinished) return true
  const { activation } = from
  return activation !== undefined && from.messages.letGo?.whereIs(outer) === activation
}

/** Whether the makers of these calls are all that the process may handle at once. */
function isFull(process: Process, calls: readonly OpenCall[]): boolean {
  const [first] = calls
  if (first === undefined) return false
  if (first.outer === undefined) return true
  const concurrency = process.version?.contract.concurrency ?? 1
  return calls.length >= concurrency && new Set(calls.map(({ outer }) => outer)).size >= concurrency
}

/** For a handler whose call would wait for that handler's own end. */
export function circleError(
  { from, to }: ComingCall,
  name: string,
  all: readonly Process[],
): MoultError {
  const process = from.label
  const called = `${process} called ${to.label} ('${name}') and would wait for itself`
  if (from === to) return new MoultError('SELF_CALL', called, { process })
  const circle = all.map(({ label }) => label)
  const message = `${called}, for these wait for each other: ${[...circle, process].join(' → ')}`
  return new MoultError('CALL_CYCLE', message, { process, circle })
}
