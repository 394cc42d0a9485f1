import { MoultError } from './errors.ts'
import { hintOf } from './nearest-name.ts'

/** For an option of `where` that there is not. `path` leads to it; `received` is its name, `names` are those there are. */
export function noSuchOption(
  where: string,
  path: string,
  received: string,
  names: readonly string[],
): MoultError {
  const expected = `one of ${names.join(', ')}`
  const message = `${where}: there is no option '${path}'${hintOf(received, names)}; expected ${expected}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received })
}
