import type { Beside } from '../../src/protocol/bytes/attachments.ts'
import type { Cargo, Room } from '../../src/protocol/bytes/payload.ts'
import { collect, consign } from '../../src/protocol/bytes/consignment.ts'
import type { Consignment } from '../../src/protocol/bytes/consignment.ts'
import { giveAway } from './exporting.ts'
import type { GivenState } from './given-state.ts'
import type { TableSender } from '../tables/table-sender.ts'

/** The large buffers of a process whose state moves with them: those that went with it, or those that came with it. */
export class MovingBuffers {
  #given: GivenState | undefined
  #lent: Beside | undefined

  /** What has come. It is kept until {@link settle}, for it may have to go back. */
  receive(consignment: Consignment): Beside {
    this.#lent = collect(consignment)
    return this.#lent
  }

  /** What came stays. */
  settle(): void {
    this.#lent = undefined
  }

  /** What came, to go back. Undefined where it is not there any more, or not all of it. */
  giveBack(): Consignment | undefined {
    try {
      return this.#lent && consign(this.#lent)
    } catch {
      return undefined
    }
  }

  /** The state as a cargo, with its buffers. */
  giveAway(state: unknown, sender: TableSender | undefined, room?: Room): Cargo {
    const { cargo, given } = giveAway(state, sender, room)
    this.#given = given
    return cargo
  }

  /** The state again, made of what has come back if it was given away. */
  restore(state: unknown, returned: Consignment | undefined): unknown {
    const given = this.#given
    this.#given = undefined
    return given && returned ? given.restore(returned) : state
  }
}
