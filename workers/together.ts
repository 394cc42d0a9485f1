import { sharedNow } from '../src/protocol/clock.ts'
import type { Entries } from '../src/protocol/entries.ts'
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

/** Tries a migration on each, for a limited time. */
export function tryAll({ version }: Hosts, { states, migration }: RehearseAll): Entries {
  const until = sharedNow() + TRYING_MS
  const tried = part(states).map((bytes) => {
    if (bytes === undefined || sharedNow() > until) return undefined
    return atOnce(() => {
      const taken = takeOver(version, { bytes, beside: undefined, migration, verify: true })
      return isPromiseLike(taken) ? taken : taken.times
    })
  })
  return entriesOf(tried)
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

/** Lets processes come to live here. */
export function enterAll(hosts: Hosts, arrivals: EnterAll): Entries {
  const { slots, ids, names, migration, verify } = arrivals
  const entered = part(arrivals.states).map((bytes, at) => {
    const [slot, id, name] = [slots[at], ids[at], names[at]]
    if (bytes === undefined || slot === undefined || id === undefined || name === undefined) return
    const host = hosts.admit(slot, id, name)
    return atOnce(() => host.takeOver({ bytes, beside: undefined, migration, verify, hold: false }))
  })
  return entriesOf(entered)
}

/** What has to be awaited comes to nothing: it is asked for again on its own. */
function atOnce(
  attempt: () => EntryTimes | PromiseLike<unknown> | undefined,
): EntryTimes | undefined {
  return unlessItThrows(() => {
    const times = attempt()
    if (!isPromiseLike(times)) return times
    times.then(undefined, () => undefined)
    return undefined
  })
}

/** What fails is asked for again on its own, to be told. */
function unlessItThrows<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
