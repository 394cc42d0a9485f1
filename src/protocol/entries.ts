import type { EntryTimes } from './migration.ts'

/** How states were taken over: a list a field, for short objects by the thousand are slow to post. `readyAt` is 0 for one that was not. */
export type Entries = { readonly [Field in keyof EntryTimes]: readonly number[] }

/** Undefined stands for a state that was not taken over. */
export function entriesOf(all: readonly (EntryTimes | undefined)[]): Entries {
  return {
    readyAt: all.map((each) => each?.readyAt ?? 0),
    deserialiseMs: all.map((each) => each?.deserialiseMs ?? 0),
    codeChangeMs: all.map((each) => each?.codeChangeMs ?? 0),
    verifyMs: all.map((each) => each?.verifyMs ?? 0),
  }
}

/** Undefined for a state that was not taken over. */
export function entryAt(entries: Entries, index: number): EntryTimes | undefined {
  const readyAt = entries.readyAt[index] ?? 0
  if (readyAt === 0) return undefined
  const deserialiseMs = entries.deserialiseMs[index] ?? 0
  const codeChangeMs = entries.codeChangeMs[index] ?? 0
  return { readyAt, deserialiseMs, codeChangeMs, verifyMs: entries.verifyMs[index] ?? 0 }
}
