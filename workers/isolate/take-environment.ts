/** Gives the thread these environment variables, and no others. Each thread has a `process.env` of its own. */
export function takeEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) {
    if (!Object.hasOwn(environment, name)) Reflect.deleteProperty(process.env, name)
  }
  Object.assign(process.env, environment)
}
