import type { Destination } from '../../../src/protocol/bytes/destination.ts'
import { largeBuffersIn } from '../../../src/protocol/bytes/large-buffers.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import type { CopyScope } from '../../../src/protocol/wire/requests.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'
import { PreallocatedBuffers } from './preallocated-buffers.ts'
import type { GraphSender } from '../../state/graph/graph-sender.ts'
import { packCopy } from '../../state/state-bytes.ts'

/** A copy of a state, and how long encoding it took. */
export interface StateCopy extends Payload {
  readonly serialiseMs: number
  /** Whether the copy has been kept where the state is sent ahead. */
  readonly isAhead?: boolean
}

/** A copy of a state on which anything may be tried. @throws MoultError `UNCLONEABLE_STATE` */
export function copyOf(
  state: unknown,
  scope: CopyScope,
  to: Destination,
  preallocated?: PreallocatedBuffers,
): StateCopy {
  const began = sharedNow()
  const payload = packCopy(state, scope, to, preallocated)
  return { ...payload, serialiseMs: sharedNow() - began }
}

/** Copies of a state that are waited for until a message boundary, and the memory in which the next one is made. */
export class StateCopies {
  readonly preallocated = new PreallocatedBuffers()
  readonly #state: () => unknown
  readonly #to: Destination
  readonly #graph: () => GraphSender | undefined
  readonly #asked: { readonly scope: CopyScope; readonly copy: Deferred<StateCopy> }[] = []

  /**
   * @param state with what must move put into it
   * @param to where a copy goes
   * @param graph sends the state ahead, if it does.
   */
  constructor(
    state: () => unknown,
    to: Destination,
    graph: () => GraphSender | undefined = () => undefined,
  ) {
    this.#to = to
    this.#state = state
    this.#graph = graph
  }

  ask(scope: CopyScope): Promise<StateCopy> {
    const copy = new Deferred<StateCopy>()
    this.#asked.push({ scope, copy })
    return copy.promise
  }

  /** Sizes of the buffers that a copy will want memory for. */
  get largeBuffers(): number[] {
    return largeBuffersIn(this.#state())
  }

  /** None will be made any more: a request that waits for one is told why. */
  end(reason: Error): void {
    for (const { copy } of this.#asked.splice(0)) copy.reject(reason)
  }

  /** Makes all that were asked for. */
  make(): void {
    for (const { scope, copy } of this.#asked.splice(0)) {
      try {
        copy.resolve(this.#make(scope))
      } catch (error) {
        copy.reject(error)
      }
    }
  }

  #make(scope: CopyScope): StateCopy {
    const began = sharedNow()
    const state = this.#state()
    const isAhead = scope === 'ahead' && this.#graph()?.catchUpOrAbandon() === true
    if (!isAhead) return copyOf(state, scope, this.#to, this.preallocated)
    const nothing = { bytes: new Uint8Array(), attachments: undefined }
    return { ...nothing, isAhead, serialiseMs: sharedNow() - began }
  }
}
