import { inspect } from 'node:util'

/** A state for a person to read. */
export function printState(state: unknown): string {
  return inspect(state, { depth: Infinity, maxArrayLength: 100, maxStringLength: 1000 })
}
