import { MoultError } from './errors.ts'

/** Refuses another reader of a stream. */
export function streamLocked(what: string): MoultError {
  const expected = 'one reader'
  const received = 'another'
  const message = `${what} is read already: a stream has ${expected}`
  return new MoultError('STREAM_LOCKED', message, { expected, received })
}
