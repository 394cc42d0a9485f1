import type { Runtime } from './runtime.ts'
import type { RuntimeEventName, RuntimeEvents } from './runtime-events.ts'

/**
 * What the channel `moult:<event>` of Node's `diagnostics_channel` is told: the event, and the runtime whose event it
 * is.
 */
export interface DiagnosticsMessage<Name extends RuntimeEventName> {
  readonly runtime: Runtime
  readonly event: RuntimeEvents[Name][0]
}
