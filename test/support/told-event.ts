import { once } from 'node:events'
import type { Runtime, RuntimeEvents } from 'moult'

/** The next event of a runtime with this name. */
export async function told<Name extends keyof RuntimeEvents>(
  runtime: Runtime,
  name: Name,
): Promise<RuntimeEvents[Name][0]> {
  const [event] = (await once(runtime, name)) as RuntimeEvents[Name]
  return event
}
