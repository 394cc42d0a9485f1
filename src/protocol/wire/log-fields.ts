import { inspect } from 'node:util'
import { ANOTHER_THREAD } from '../bytes/destination.ts'
import { INEXACT, examine } from '../bytes/examine.ts'
import { restorePrototypes } from '../bytes/prototypes.ts'
import type { Prototypes } from '../bytes/prototypes.ts'
import type { LogFields } from '../definition/context.ts'
import { decodeThrown, encodeThrown } from './thrown.ts'
import type { WireThrown } from './thrown.ts'

/** The fields of a log line, as they cross. */
export interface WireFields {
  readonly fields: LogFields
  /** Names of fields that are errors, and written as such. */
  readonly errors?: readonly string[]
  readonly prototypes?: Prototypes | undefined
}

/** The fields as data. A line is more important than the types of its fields: what does not cross becomes a text. */
export function encodeFields(fields: LogFields): WireFields {
  const prototypes = examine(fields, ANOTHER_THREAD)
  if (prototypes === undefined) return { fields }
  if (prototypes !== INEXACT) return { fields, prototypes }
  try {
    return encodeEach(fields)
  } catch {
    return { fields: { fields: inspect(fields) } }
  }
}

function encodeEach(all: LogFields): WireFields {
  const fields: Record<string, unknown> = {}
  const errors: string[] = []
  const buffers: Uint8Array[] = []
  const bare: object[] = []
  for (const [name, value] of Object.entries(all)) {
    const prototypes = examine(value, ANOTHER_THREAD)
    if (prototypes !== INEXACT) {
      fields[name] = value
      buffers.push(...(prototypes?.buffers ?? []))
      bare.push(...(prototypes?.bare ?? []))
    } else if (value instanceof Error) {
      fields[name] = encodeThrown(value)
      errors.push(name)
    } else fields[name] = inspect(value)
  }
  return { fields, errors, prototypes: { buffers, bare } }
}

/** The fields as main gives them to the logger. */
export function decodeFields({ fields, errors, prototypes }: WireFields): LogFields {
  restorePrototypes(prototypes)
  if (errors === undefined || errors.length === 0) return fields
  const thrown = errors.map((name) => [name, decodeThrown(fields[name] as WireThrown)] as const)
  return { ...fields, ...Object.fromEntries(thrown) }
}
