import { describe } from './bytes/clone-bytes.ts'

/** What was thrown, in a few words, whatever it is. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describe(thrown)
}
