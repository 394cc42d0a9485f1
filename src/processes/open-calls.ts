import { groupedBy } from '../protocol/grouped-by.ts'
import type { Process } from './process.ts'

/** A call that a handler has made and that is not answered yet. */
export interface OpenCall {
  readonly from: Process
  readonly to: Process
  /** Settles with it. */
  readonly answer: Promise<unknown>
}

/** Who waits for whom: the open calls of a runtime's handlers. A process that waits for nobody has no place here. */
export class OpenCalls {
  readonly #byCaller = new Map<Process, Set<OpenCall>>()
  readonly #watchers = new Set<() => void>()

  /** Keeps a call until the function that is returned is called. */
  add(call: OpenCall): () => void {
    const calls = this.#byCaller.get(call.from) ?? new Set()
    this.#byCaller.set(call.from, calls.add(call))
    for (const tell of this.#watchers) tell()
    return () => {
      calls.delete(call)
      // Another set may have taken its place.
      if (calls.size === 0 && this.#byCaller.get(call.from) === calls) {
        this.#byCaller.delete(call.from)
      }
    }
  }

  /** Tells of each call that is made, until the function that is returned is called. */
  watch(onCall: () => void): () => void {
    this.#watchers.add(onCall)
    return () => void this.#watchers.delete(onCall)
  }

  /** What has to be answered before handlers of `callers` can end, by who has to do it. Who has to may wait for others in turn. */
  neededBy(callers: ReadonlySet<Process>): ReadonlyMap<Process, readonly OpenCall[]> {
    const needed: OpenCall[] = []
    const waiting = [...this.#byCaller.keys()].filter((each) => callers.has(each))
    const seen = new Set(waiting)
    // It grows while it is gone through.
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
