/** The variables of an environment. Not to be changed: threads compare them by identity. */
export type Environment = Readonly<Record<string, string>>

let last: Environment = {}

/** `process.env` as it is now: the same object as long as nothing of it changes. */
export function currentEnvironment(): Environment {
  const now = { ...process.env } as Environment
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
