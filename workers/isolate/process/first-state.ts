import type { HostContext } from './host-context.ts'
import { whenReady } from '../../../src/protocol/promise-like.ts'
import { proveCloneable } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'

/**
 * The state that `init` makes, proved to be data: another state could never be upgraded. A promise only if a part is
 * asynchronous.
 * @throws MoultError `UNCLONEABLE_STATE`, `INVALID_STATE`, and errors of `init`
 */
export function firstState(version: Version, args: unknown, context: HostContext): unknown {
  return whenReady(version.init(args, context), (state) => {
    proveCloneable(state, version.toNextVersion)
    version.checkRecords(state)
    return whenReady(version.checkState(state), () => state)
  })
}
