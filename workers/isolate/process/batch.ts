import { sharedNow } from '../../../src/protocol/clock.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { Entries, Entry } from '../../../src/protocol/wire/entries.ts'
import { entriesOf } from '../../../src/protocol/wire/entries.ts'
import { BatchWriter, Prover } from '../../../src/protocol/bytes/payload-writer.ts'
import { join, part } from '../../../src/protocol/bytes/joined-bytes.ts'
import type { EntryTimes } from '../../../src/protocol/wire/migration.ts'
import type {
  CopiedStates,
  CopyStates,
  EnterAll,
  GivenStates,
  RehearseAll,
  SuspendAll,
} from '../../../src/protocol/wire/requests.ts'
import type { ProcessHost } from './process-host.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import { SMALL_BYTES } from '../../state/state-bytes.ts'
import { decodeAll } from '../../tables/table-state.ts'
import { importDecoded } from './importer.ts'
import type { Version } from '../../state/version.ts'

/** How long (ms) many copies in a row may hold up the messages of those who are served meanwhile; what is left is asked for one by one. */
const COPYING_MS = 1
/** The same where nobody is served. */
const TRYING_MS = 20

/** The processes of one isolate. */
export interface Hosts {
  readonly version: Version
  hostOf(slot: number): ProcessHost
  findHost(slot: number): ProcessHost | undefined
  activate(slot: number, id: string, name: string): ProcessHost
}

/** Copies of those that can be had without holding up the others for long. Where one of them is not small, or no data, there are none. */
export function copyAll(hosts: Hosts, { slots, scope }: CopyStates): CopiedStates {
  const began = sharedNow()
  const writer = new BatchWriter()
  const written: number[] = []
  for (const slot of slots) {
    if (sharedNow() > began + COPYING_MS) break
    const isThere = unlessItThrows(() => hosts.findHost(slot)?.copyInto(writer, scope))
    if (isThere === false) return { bytes: new Uint8Array(), slots: [], serialiseMs: 0 }
    if (isThere === true) written.push(slot)
  }
  const bytes = writer.finish()
  const areSmall = bytes.length <= written.length * SMALL_BYTES
  const serialiseMs = (sharedNow() - began) / Math.max(1, written.length)
  return { bytes, slots: areSmall ? written : [], serialiseMs }
}

/** Tries a migration on each, as long as there is time. */
export function tryAll(
  { version }: Hosts,
  { bytes, count, migration }: RehearseAll,
): Entries | Promise<Entries> {
  const until = sharedNow() + TRYING_MS
  const prover = new Prover()
  return allSettled(decodeAll(bytes, count), (handed) => {
    if (sharedNow() > until) return undefined
    const taken = importDecoded(version, handed, { migration, verify: true }, prover)
    return isPromiseLike(taken) ? taken.then(({ times }) => times) : taken.times
  })
}

/** Suspends whoever can suspend at once. */
export function suspendAll(hosts: Hosts, { slots, attempts }: SuspendAll): GivenStates {
  const given = slots.map((slot, at) => {
    return unlessItThrows(() => hosts.findHost(slot)?.suspendNow(attempts[at] ?? 0))
  })
  return {
    states: join(given.map((each) => each?.bytes)),
    serialiseMs: given.map((each) => each?.serialiseMs ?? 0),
    stoppedAt: given.map((each) => each?.stoppedAt ?? 0),
  }
}

/** Lets processes come to live here, each as soon as it can. */
export function enterAll(hosts: Hosts, arrivals: EnterAll): Entries | Promise<Entries> {
  const { slots, ids, names, migration, verify, hold } = arrivals
  const prover = new Prover()
  return allSettled(part(arrivals.states), (bytes, at) => {
    const host = hosts.activate(slots[at] ?? -1, ids[at] ?? '', names[at] ?? '')
    const entered = host.importState(
      { bytes, attachments: undefined, migration, verify, hold },
      prover,
    )
    if (!isPromiseLike(entered)) return entered
    // What has come for it meanwhile waits for it alone, and not for those that take longer.
    return entered.then((times) => {
      if (times !== undefined) host.begin()
      return times
    })
  })
}

/** What becomes of each. A promise only where something has to be awaited. */
function allSettled<State>(
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

/** Who fails is asked again on its own, to tell. */
function unlessItThrows<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
