import type { Declared } from '../../../../src/protocol/bytes/declared.ts'
import { NEXT_VERSION, declaring } from '../../../../src/protocol/bytes/destination.ts'
import { GraphSource } from '../../../../workers/state/graph/graph-source.ts'
import { GraphTarget } from '../../../../workers/state/graph/graph-target.ts'
import { packSlice, unpackSlice } from '../../../../workers/state/graph/slice-bytes.ts'
import type { GraphSlice } from '../../../../workers/state/graph/slice.ts'

/** A slice as it arrives in another thread. */
function sent(slice: GraphSlice): GraphSlice {
  return unpackSlice(packSlice(slice))
}

/** A graph, and its copy. */
export class Copying {
  readonly source: GraphSource
  readonly target: GraphTarget
  readonly #send: (slice: GraphSlice) => GraphSlice

  /** @param declared in the version that is left; `arrives` in the one that is entered */
  constructor(root: unknown, send = sent, declared?: Declared, arrives = declared) {
    this.source = new GraphSource(root, declared)
    this.target = new GraphTarget(declaring(NEXT_VERSION, arrives))
    this.#send = send
  }

  /** Takes a part. False at the end of a round. */
  take(most: number): boolean {
    const taken = this.source.take(most)
    if (taken?.slice !== undefined) this.target.apply(this.#send(taken.slice))
    return taken !== undefined
  }

  /** Goes on to the end of the round. */
  takeAll(): void {
    while (this.take(100));
  }

  /** Takes what has changed. @returns how many numbers that takes. */
  rest(): number {
    const slice = this.source.rest()
    this.target.apply(this.#send(slice))
    return slice.steps.length + slice.made.length
  }
}
