import { describe } from './bytes/clone-bytes.ts'

/** A short text for any thrown value. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describe(thrown)
}
