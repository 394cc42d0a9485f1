import { cloneError, serialise } from '../src/protocol/clone-bytes.ts'
import type { CloneBytes } from '../src/protocol/clone-bytes.ts'

/** @throws MoultError `UNCLONEABLE_STATE` with the path to what is not data. */
export function proveCloneable(state: unknown): void {
  serialiseState(state)
}

/** The state as bytes. @throws MoultError `UNCLONEABLE_STATE` */
export function serialiseState(state: unknown): CloneBytes {
  try {
    return serialise(state)
  } catch (cause) {
    throw cloneError('UNCLONEABLE_STATE', state, 'state', cause)
  }
}
