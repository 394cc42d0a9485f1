import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import { extraArguments } from '../../../src/protocol/extra-arguments.ts'
import { noName } from '../../../src/protocol/no-name.ts'
import { unknownEvent } from '../../../src/protocol/unknown-event.ts'
import type { Version } from '../../state/version.ts'

/** `context.emit` of any process, whatever its events are. */
export type Emit = ProcessContext<unknown, Readonly<Record<string, unknown>>>['emit']

/** `context.emit` of one process. It can be taken out of the context. */
export function emitOf(
  process: string,
  { contract, events }: Pick<Version, 'contract' | 'events'>,
  tell: (event: number, data: unknown) => void,
): Emit {
  return (name: unknown, data?: unknown, ...extra: unknown[]) => {
    if (extra.length > 0) throw extraArguments('context.emit', ['name', 'data'], 2 + extra.length)
    if (typeof name !== 'string') throw noName('context.emit', 'name', name)
    const event = events.get(name)
    if (event !== undefined) return tell(event.number, event.accept(data))
    const { version, emits = [] } = contract
    throw unknownEvent(`${process} (${version})`, name, emits, { process, version })
  }
}
