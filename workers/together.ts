import { sharedNow } from '../src/protocol/clock.ts'
import { encodeThrown } from '../src/protocol/thrown.ts'
import type { CloneBytes } from '../src/protocol/clone-bytes.ts'
import type { Entries, Entry } from '../src/protocol/entries.ts'
import { entriesOf } from '../src/protocol/entries.ts'
import { join, part } from '../src/protocol/joined-bytes.ts'
import type { EntryTimes } from '../src/protocol/migration.ts'
import type {
  CopyStates,
  EnterAll,
  GivenStates,
  RehearseAll,
  StateCopies,
  SuspendAll,
} from '../src/protocol/questions.ts'
import type { ProcessHost } from './process-host.ts'
import { isPromiseLike } from './promise-like.ts'
import { takeOver } from './take-over.ts'
import type { Version } from './version.ts'

/** How long (ms) many copies in a row may hold up the messages of those who are served meanwhile; what is left is asked for one by one. */
const COPYING_MS = 1
/** The same where nobody is served. */
const TRYING_MS = 20

/** The processes of one isolate. */
export interface Hosts {
  readonly version: Version
  hostOf(slot: number): ProcessHost
  findHost(slot: number): ProcessHost | undefined
  admit(slot: number, id: string, name: string): ProcessHost
}

/** Copies of those that can be had without holding up the others for long. */
export function copyAll(hosts: Hosts, { slots, scope }: CopyStates): StateCopies {
  const until = sharedNow() + COPYING_MS
  const copies = slots.map((slot) => {
    if (sharedNow() > until) return undefined
    return unlessItThrows(() => hosts.findHost(slot)?.copyNow(scope))
  })
  return {
    states: join(copies.map((copy) => copy?.bytes)),
    serialiseMs: copies.map((copy) => copy?.serialiseMs ?? 0),
  }
}

/** Tries a migration on each, as long as there is time. */
export function tryAll(
  { version }: Hosts,
  { states, migration }: RehearseAll,
): Entries | Promise<Entries> {
  const until = sharedNow() + TRYING_MS
  return allSettled(part(states), (bytes) => {
    if (sharedNow() > until) return undefined
    const taken = takeOver(version, { bytes, beside: undefined, migration, verify: true })
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
  return allSettled(part(arrivals.states), (bytes, at) => {
    const host = hosts.admit(slots[at] ?? -1, ids[at] ?? '', names[at] ?? '')
    return host.takeOver({ bytes, beside: undefined, migration, verify, hold })
  })
}

/** What becomes of each. A promise only where something has to be awaited. */
function allSettled(
  states: readonly (CloneBytes | undefined)[],
  enter: (
    bytes: CloneBytes,
    at: number,
  ) => EntryTimes | undefined | PromiseLike<EntryTimes | undefined>,
): Entries | Promise<Entries> {
  const failed = (error: unknown): Entry => ({ error: encodeThrown(error) })
  const entries = states.map((bytes, at): Entry | Promise<Entry> => {
    try {
      const entry = bytes && enter(bytes, at)
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

/** What fails is asked for again on its own, to be told. */
function unlessItThrows<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
