import { groupedBy } from '../protocol/grouped-by.ts'
import { circleOf } from './call-circles.ts'
import type { OpenCall } from './open-call.ts'
import type { Process } from './process.ts'

/** The open calls of a runtime's handlers, by caller. Processes without open calls take no memory here. */
export class OpenCalls {
  readonly #byCaller = new Map<Process, Set<OpenCall>>()
  readonly #watchers = new Set<() => void>()

  /** Keeps a call until the returned function is called. */
  add(call: OpenCall): () => void {
    const calls = this.#byCaller.get(call.from) ?? new Set()
    this.#byCaller.set(call.from, calls.add(call))
    for (const tell of this.#watchers) tell()
    return () => {
      calls.delete(call)
      // The caller may have a newer set by now.
      if (calls.size === 0 && this.#byCaller.get(call.from) === calls) {
        this.#byCaller.delete(call.from)
      }
    }
  }

  /** The open calls that handlers of a process have made. */
  madeBy(process: Process): readonly OpenCall[] {
    return [...(this.#byCaller.get(process) ?? [])]
  }

  /** The processes of the circle, where a call that is to be made would wait for the handler that makes it. */
  circleOf(call: Omit<OpenCall, 'answer'>): readonly Process[] | undefined {
    const { from, to } = call
    // Most processes that are called wait for none.
    if (to !== from && !this.#byCaller.has(to)) return undefined
    const made = { ...call, answer: Promise.resolve() }
    return circleOf(call, (process) => {
      const calls = [...(this.#byCaller.get(process) ?? [])]
      return process === from ? [...calls, made] : calls
    })
  }

  /** Calls `onCall` at each new call, until the returned function is called. */
  watch(onCall: () => void): () => void {
    this.#watchers.add(onCall)
    return () => void this.#watchers.delete(onCall)
  }

  /** The calls that handlers of `callers` wait for, by callee. Calls that a callee waits for in turn are included. */
  neededBy(callers: ReadonlySet<Process>): ReadonlyMap<Process, readonly OpenCall[]> {
    const needed: OpenCall[] = []
    const waiting = [...this.#byCaller.keys()].filter((each) => callers.has(each))
    const seen = new Set(waiting)
    // The list grows during the loop.
    for (const caller of waiting) {
      for (const call of this.#byCaller.get(caller) ?? []) {
        needed.push(call)
        if (!seen.has(call.to)) waiting.push(call.to)
        seen.add(call.to)
      }
    }
    return groupedBy(needed, ({ to }) => to)
  }
}
