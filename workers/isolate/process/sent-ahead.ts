import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import type { ReceiveRequest } from '../../../src/protocol/wire/copying.ts'
import { GraphTarget } from '../../state/graph/graph-target.ts'
import { tablesToImport } from '../../state/importing.ts'
import { SliceReceiver } from '../../tables/slice-receiver.ts'
import type { TableSet } from '../../tables/table-set.ts'
import type { Version } from '../../state/version.ts'

/** Takes what is sent ahead of one state. */
export type ReceiverAhead = SliceReceiver<TableSet | GraphTarget>

/** What is sent ahead of states to this isolate, by process id. */
export class SentAhead {
  readonly #receivers = new Map<string, ReceiverAhead>()

  receive(version: Version, { id, port, parts, migration }: ReceiveRequest): void {
    const target =
      parts === 'graph'
        ? new GraphTarget(version.toNextVersion)
        : tablesToImport(version, migration, true)
    const receiver: ReceiverAhead = new SliceReceiver(port, target, () => {
      if (this.#receivers.get(id) === receiver) this.#receivers.delete(id)
    })
    this.#receivers.set(id, receiver)
  }

  /** Takes what belongs to a process whose state has come. */
  take(id: string): ReceiverAhead | undefined {
    const receiver = this.#receivers.get(id)
    this.#receivers.delete(id)
    return receiver
  }

  /** The copy that was to be kept of what has come. */
  takeCopy(id: string): Payload {
    const receiver = this.#receivers.get(id)
    if (receiver === undefined) throw new RangeError('what went ahead has gone')
    return receiver.takeCopy()
  }
}
