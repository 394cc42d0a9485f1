import type { Declared } from './declared.ts'
import { ANOTHER_THREAD, MAX_MESSAGE_DEPTH, declaring, withMoved } from './destination.ts'
import { NOT_COPIED, exactCopy } from './exact-copy.ts'
import { keepPrototypes, restorePrototypes } from './prototypes.ts'
import type { Prototypes } from './prototypes.ts'
import { sendExact } from './send-exact.ts'

const CODE = 'UNCLONEABLE_ARGUMENT'
/** Of what is larger `structuredClone` makes a copy as fast. */
const LIMITS = { maxDepth: MAX_MESSAGE_DEPTH, maxObjects: 1000, maxFields: 1000 }

/** What is asked for what is declared where a value is sent, which is only where it is no plain data. */
export interface DeclaringOwner {
  readonly declared: Declared | undefined
}

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
export function ownCopy(value: unknown, name: string, owner?: DeclaringOwner): unknown {
  const copy = exactCopy(value, LIMITS)
  return copy === NOT_COPIED ? ownClone(value, name, owner).value : copy
}

/** The same of a value whose buffers, ports and streams in `moved` leave its sender now. */
export function ownClone(
  value: unknown,
  name: string,
  owner?: DeclaringOwner,
  moved: readonly ArrayBuffer[] = [],
): Owned {
  const open = declaring(ANOTHER_THREAD, owner?.declared)
  const destination = moved.length === 0 ? open : withMoved(moved, open)
  return sendExact(value, { code: CODE, root: name, destination }, (prototypes, sent) => {
    return whole(structuredClone({ value: sent, moved, prototypes }, { transfer: [...moved] }))
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
