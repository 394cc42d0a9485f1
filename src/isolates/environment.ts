import { MoultError } from '../protocol/errors.ts'

/** The variables of an environment. Not to be changed: threads compare them by identity. */
export type Environment = Readonly<Record<string, string>>

let last: Environment = {}

/**
 * `process.env` as it is now: the same object as long as nothing of it changes.
 * @throws MoultError `ISOLATE_START_FAILED` for one in its place that cannot be read.
 */
export function currentEnvironment(): Environment {
  const now = readEnvironment()
  if (!areAlike(now, last)) last = now
  return last
}

/** What a thread that was started with one environment is to be given so that it has another. */
export function lacking(started: Environment, wanted: Environment): { environment?: Environment } {
  return areAlike(started, wanted) ? {} : { environment: wanted }
}

function areAlike(one: Environment, other: Environment): boolean {
  if (one === other) return true
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => one[name] === other[name])
}

function readEnvironment(): Environment {
  try {
    return { ...process.env } as Environment
  } catch (cause) {
    const expected = 'an environment that can be read'
    const received = 'a process.env that throws'
    const message = `a thread needs ${expected}, but got ${received}`
    const details = { path: 'process.env', expected, received, cause }
    throw new MoultError('ISOLATE_START_FAILED', message, details)
  }
}
