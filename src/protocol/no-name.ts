import type { MoultError } from './errors.ts'
import { wrongValue } from './wrong-value.ts'

/** For a name that is no text. `path` is that of the argument. */
export function noName(where: string, path: string, value: unknown): MoultError {
  return wrongValue(where, path, 'a text', value)
}
