import { describe } from './bytes/clone-bytes.ts'
import { MoultError } from './errors.ts'

/** For an argument or option of `where` that is not what is expected. `path` leads to it. */
export function wrongValue(
  where: string,
  path: string,
  expected: string,
  value: unknown,
): MoultError {
  const received = describe(value)
  const message = `${where}: ${path} should be ${expected}, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received })
}
