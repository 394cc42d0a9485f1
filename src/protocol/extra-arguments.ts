import { MoultError } from './errors.ts'

/** For a function that was given more arguments than it takes: the names of those. */
export function extraArguments(name: string, takes: readonly string[], given: number): MoultError {
  const expected = takes.length === 0 ? 'no argument' : `(${takes.join(', ')})`
  const received = `${given} arguments`
  const message = `${name} takes ${expected}, but was given ${received}`
  return new MoultError('INVALID_OPTION', message, {
    path: `arguments[${takes.length}]`,
    expected,
    received,
  })
}
