import { MoultError } from '../protocol/errors.ts'

/** What `read` makes of a value of the user's, which may be a proxy that throws. @throws MoultError `INVALID_OPTION` */
export function readSafely<Result>(where: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    const path = 'options'
    const expected = 'an object that can be read'
    const received = 'one that throws'
    const message = `${where}: ${path} should be ${expected}, but is ${received}`
    throw new MoultError('INVALID_OPTION', message, { path, expected, received, cause })
  }
}
