import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import { entriesOf } from '../../../src/protocol/wire/entries.ts'
import type { Entries, Entry } from '../../../src/protocol/wire/entries.ts'
import type { EntryTimes } from '../../../src/protocol/wire/migration.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'

/** What becomes of each. A promise only where something has to be awaited. */
export function allSettled<State>(
  states: readonly State[],
  enter: (state: State, at: number) => EntryTimes | undefined | PromiseLike<EntryTimes | undefined>,
): Entries | Promise<Entries> {
  const failed = (error: unknown): Entry => ({ error: encodeThrown(error) })
  const entries = states.map((state, at): Entry | Promise<Entry> => {
    try {
      const entry = enter(state, at)
      return isPromiseLike(entry) ? Promise.resolve(entry).catch(failed) : entry
    } catch (error) {
      return failed(error)
    }
  })
  const settled = entries.filter((entry): entry is Entry => !(entry instanceof Promise))
  return settled.length === entries.length
    ? entriesOf(settled)
    : Promise.all(entries.map(async (entry) => entry)).then(entriesOf)
}
