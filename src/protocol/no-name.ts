import { describe } from './bytes/clone-bytes.ts'
import { MoultError } from './errors.ts'

/** For a name that is no text. `path` is that of the argument. */
export function noName(where: string, path: string, value: unknown): MoultError {
  const expected = 'a text'
  const received = describe(value)
  const message = `${where}: ${path} should be ${expected}, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received })
}
