import { MoultError } from '../protocol/errors.ts'
import { isBeingMade } from './lifecycle.ts'
import type { OpenCall } from './open-call.ts'
import type { Process } from './process.ts'

/** The open calls of the handlers of a process. */
type CallsOf = (process: Process) => readonly OpenCall[]

/**
 * Whether nothing that `start` may handle at once can end: all of it waits for processes of which the same is true. A
 * call to it would be waited for without end. A call counts as long as the handler runs that has made it.
 */
export function isStuck(start: Process, callsOf: CallsOf): boolean {
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
  return waiting.has(start)
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
export function circleError({ from, to }: Pick<OpenCall, 'from' | 'to'>, name: string): MoultError {
  const waits = from === to ? '' : `: ${to.label} waits, directly or not, for ${from.label}`
  const message = `${from.label} called ${to.label} ('${name}') and would wait for itself${waits}`
  return new MoultError('SELF_CALL', message, { process: from.label })
}
