import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isChecked } from '../../src/protocol/definition/event.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { isPromiseLike } from '../../src/protocol/promise-like.ts'
import type { LooseDefinition } from './loose-definition.ts'
import { validated } from './schema.ts'

/** An event of a version. */
export interface DeclaredEvent {
  /** On the wire. */
  readonly number: number
  /**
   * What listeners are told of what was emitted.
   * @throws MoultError `INVALID_ARGUMENT` where it does not fit
   */
  readonly accept: (data: unknown) => unknown
}

/** The events of a definition, by their names. */
export function eventsOf({ emits }: LooseDefinition): ReadonlyMap<string, DeclaredEvent> {
  return new Map(
    Object.entries(emits).map(([name, schema], number) => {
      const accept = isChecked(schema) ? checkOf(schema) : unchanged
      return [name, { number, accept }]
    }),
  )
}

function unchanged(data: unknown): unknown {
  return data
}

function checkOf(schema: StandardSchemaV1): DeclaredEvent['accept'] {
  return (data) => {
    const accepted = validated(schema, data, { code: 'INVALID_ARGUMENT', root: 'data' })
    if (!isPromiseLike(accepted)) return accepted
    accepted.then(undefined, () => undefined)
    const details = {
      path: 'data',
      expected: 'a schema that answers at once',
      received: 'a promise',
    }
    const message = `the schema of the data should be ${details.expected}, for events are told in order`
    throw new MoultError('INVALID_ARGUMENT', message, details)
  }
}
