import { sharedNow } from '../src/protocol/clock.ts'
import type { CopyScope, StateCopy } from '../src/protocol/messages.ts'
import { Deferred } from '../src/protocol/deferred.ts'
import { LentRoom } from './room.ts'
import { packTrialState } from './state-bytes.ts'

/** Copies of a state that are waited for until a message boundary, and the room in which the next one is made. */
export class StateCopies {
  readonly room = new LentRoom()
  readonly #asked: { readonly scope: CopyScope; readonly copy: Deferred<StateCopy> }[] = []

  ask(scope: CopyScope): Promise<StateCopy> {
    const copy = new Deferred<StateCopy>()
    this.#asked.push({ scope, copy })
    return copy.promise
  }

  /** Makes all that were asked for. */
  make(state: unknown): void {
    for (const { scope, copy } of this.#asked.splice(0)) {
      try {
        const began = sharedNow()
        const cargo = packTrialState(state, scope, this.room)
        copy.resolve({ ...cargo, serialiseMs: sharedNow() - began })
      } catch (error) {
        copy.reject(error)
      }
    }
  }
}
