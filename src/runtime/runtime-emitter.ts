import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import { runtimeEventNames } from './runtime-events.ts'
import type { RuntimeEventName, RuntimeEvents } from './runtime-events.ts'
import { StrictEmitter } from './strict-emitter.ts'

/** The channels of Node's `diagnostics_channel` on which the events of all runtimes are published. */
const channels = Object.fromEntries(
  runtimeEventNames.map((name) => [name, channel(`moult:${name}`)]),
) as Record<RuntimeEventName, Channel>

/** An emitter of the runtime's events, which publishes them on `moult:<event>` as well. */
export class RuntimeEmitter extends StrictEmitter<RuntimeEvents> {
  constructor() {
    super(runtimeEventNames)
  }

  /** Whether there is a listener or a subscriber: else an event need not be made. @internal */
  hasListenerOrSubscriber(name: RuntimeEventName): boolean {
    return this.hasListener(name) || channels[name].hasSubscribers
  }

  /**
   * Calls the listeners of this runtime and the subscribers of the channel. False when there is no listener: who
   * subscribes to a channel only watches. @internal
   */
  override announce<Name extends RuntimeEventName>(
    name: Name,
    event: RuntimeEvents[Name][0],
  ): boolean {
    const channel = channels[name]
    // Not at once: a subscriber may ask something of the runtime, which is in the middle of something else.
    if (channel.hasSubscribers) queueMicrotask(() => channel.publish({ runtime: this, event }))
    return super.announce(name, event)
  }
}
