import { ANOTHER_THREAD, MAX_MESSAGE_DEPTH, withMoved } from './destination.ts'
import { NOT_COPIED, exactCopy } from './exact-copy.ts'
import { keepPrototypes, restorePrototypes } from './prototypes.ts'
import type { Prototypes } from './prototypes.ts'
import { sendExact } from './send-exact.ts'

const CODE = 'UNCLONEABLE_ARGUMENT'
/** Of what is larger `structuredClone` makes a copy as fast. */
const LIMITS = { maxDepth: MAX_MESSAGE_DEPTH, maxObjects: 1000, maxFields: 1000 }

/** A value of its owner, and what moved with it. */
export interface Owned {
  readonly value: unknown
  readonly moved: readonly ArrayBuffer[]
}

/**
 * A private copy of a value that is to be sent. `name` is what its sender calls it.
 *
 * @throws MoultError `UNCLONEABLE_ARGUMENT` with the path to what does not cross as it is
 */
export function ownCopy(value: unknown, name: string): unknown {
  const copy = exactCopy(value, LIMITS)
  return copy === NOT_COPIED ? ownClone(value, name).value : copy
}

/** The same of a value whose buffers, ports and streams in `moved` leave its sender now. */
export function ownClone(value: unknown, name: string, moved: readonly ArrayBuffer[] = []): Owned {
  const destination = moved.length === 0 ? ANOTHER_THREAD : withMoved(moved)
  return sendExact(value, { code: CODE, root: name, destination }, (prototypes) => {
    return whole(structuredClone({ value, moved, prototypes }, { transfer: [...moved] }))
  })
}

function whole({
  value,
  moved,
  prototypes,
}: Owned & { readonly prototypes: Prototypes | undefined }): Owned {
  restorePrototypes(prototypes)
  keepPrototypes(value, prototypes)
  return { value, moved }
}
