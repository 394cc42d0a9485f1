import type { CheckpointRule } from '../../../src/protocol/definition/checkpoint-rule.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import { join, part } from '../../../src/protocol/bytes/joined-bytes.ts'
import { BatchWriter } from '../../../src/protocol/bytes/payload-writer.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import type { Entries } from '../../../src/protocol/wire/entries.ts'
import type {
  CopiedStates,
  CopyStates,
  EnterBatch,
  ExportedStates,
  SuspendBatch,
} from '../../../src/protocol/wire/requests.ts'
import { SMALL_BYTES } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'
import { enter } from './activate.ts'
import { allSettled } from './all-settled.ts'
import type { ExportedState } from './hand-over.ts'
import type { ReceiverAhead } from './sent-ahead.ts'
import type { ProcessHost } from './process-host.ts'

/** How long (ms) many copies in a row may hold up the messages of others; what is left is asked for one by one. */
const COPYING_MS = 1

/** The processes of one isolate. */
export interface Hosts {
  readonly version: Version
  hostOf(slot: number): ProcessHost
  findHost(slot: number): ProcessHost | undefined
  /** @param checkpoint how often its state is copied, where it has been spawned with that */
  activate(slot: number, id: string, name: string, checkpoint?: CheckpointRule | false): ProcessHost
  /** What came ahead of the state of the process with this id. */
  takeAhead(id: string): ReceiverAhead | undefined
}

/** A copy of one at its message boundary, or copies of those that can be had at once. */
export function copyStates(
  hosts: Hosts,
  { slots, scope }: CopyStates,
): CopiedStates | Promise<CopiedStates> {
  const [slot, ...others] = slots
  if (slot === undefined || others.length > 0) return copySmall(hosts, slots, scope)
  return hosts
    .hostOf(slot)
    .copyState(scope)
    .then((copy) => ({ ...copy, slots }))
}

/** Where one of them is not small, or no data, there are none. */
function copySmall(
  hosts: Hosts,
  slots: readonly number[],
  scope: CopyStates['scope'],
): CopiedStates {
  const began = sharedNow()
  const writer = new BatchWriter()
  const written: number[] = []
  const none = { bytes: new Uint8Array(), attachments: undefined, slots: [], serialiseMs: 0 }
  for (const slot of slots) {
    if (sharedNow() > began + COPYING_MS) break
    const isThere = unlessItThrows(() => hosts.findHost(slot)?.copyInto(writer, scope))
    if (isThere === false) return none
    if (isThere === true) written.push(slot)
  }
  const bytes = writer.finish()
  const areSmall = bytes.length <= written.length * SMALL_BYTES
  const serialiseMs = (sharedNow() - began) / Math.max(1, written.length)
  return { bytes, attachments: undefined, slots: areSmall ? written : [], serialiseMs }
}

/**
 * Suspends one at its message boundary, or those that can suspend at once.
 * @throws of one: what its own code or state throws
 */
export function suspendBatch(
  hosts: Hosts,
  { slots, attempts, migration }: SuspendBatch,
): ExportedStates | Promise<ExportedStates> {
  const [slot, ...others] = slots
  const [attempt = 0] = attempts
  if (slot === undefined || others.length > 0)
    return exportedStates(suspendNow(hosts, slots, attempts))
  return hosts
    .hostOf(slot)
    .suspend(attempt, migration)
    .then((exported) => exportedStates([exported]))
}

function suspendNow(
  hosts: Hosts,
  slots: readonly number[],
  attempts: readonly number[],
): (ExportedState | undefined)[] {
  return slots.map((slot, at) => {
    return unlessItThrows(() => hosts.findHost(slot)?.suspendNow(attempts[at] ?? 0))
  })
}

function exportedStates(exported: readonly (ExportedState | undefined)[]): ExportedStates {
  const [first] = exported
  return {
    states: join(exported.map((each) => each?.bytes)),
    attachments: first?.attachments,
    serialiseMs: exported.map((each) => each?.serialiseMs ?? 0),
    stoppedAt: exported.map((each) => each?.stoppedAt ?? 0),
    recordsLeft: first?.recordsLeft ?? 0,
    whole: first?.whole,
  }
}

/** Lets processes come to live here, each as soon as it can. */
export function enterBatch(
  hosts: Hosts,
  { slots, ids, names, checkpoints, states, attachments, ...request }: EnterBatch,
): Entries | Promise<Entries> {
  return allSettled(part(states), (bytes, at) => {
    const id = ids[at] ?? ''
    const host = hosts.activate(slots[at] ?? -1, id, names[at] ?? '', checkpoints?.[at])
    const means = { ahead: hosts.takeAhead(id) }
    const entered = enter(host, hosts.version, { bytes, attachments }, request, means)
    if (!isPromiseLike(entered) || slots.length === 1) return entered
    // What has come for it meanwhile waits for it alone, and not for those that take longer.
    return entered.then((times) => {
      if (times !== undefined) host.begin()
      return times
    })
  })
}

/** Lets one that entered alone handle what has come for it meanwhile. */
export function beginLone(hosts: Hosts, { slots }: EnterBatch): void {
  const [slot, ...others] = slots
  if (slot !== undefined && others.length === 0) hosts.findHost(slot)?.begin()
}

/** One that fails is asked again alone, to tell. */
function unlessItThrows<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
