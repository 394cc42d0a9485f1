import type { HostContext } from './host-context.ts'
import { whenReady } from '../../../src/protocol/promise-like.ts'
import { proveCloneable } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'

/**
 * What `init` makes, proved to be data: a state that cannot be handed over could never be upgraded. A promise only where something is one.
 * @throws MoultError `UNCLONEABLE_STATE`, `INVALID_STATE`, and what `init` throws
 */
export function firstState(version: Version, args: unknown, context: HostContext): unknown {
  return whenReady(version.init(args, context), (state) => {
    proveCloneable(state)
    version.checkRecords(state)
    return whenReady(version.checkState(state), () => state)
  })
}
