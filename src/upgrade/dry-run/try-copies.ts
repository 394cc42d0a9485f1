import type { Isolate } from '../../isolates/isolate.ts'
import type { Activation } from '../../processes/activation.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import { entryAt } from '../../protocol/wire/entries.ts'
import type {
  CopiedStates,
  CopyScope,
  TriedStates,
  TryStates,
} from '../../protocol/wire/requests.ts'
import { decodeError } from '../../protocol/wire/thrown.ts'
import { fulfilsWithin } from '../../timing/deadline.ts'
import { BATCH_DEADLINE_MS, sideBySideMs } from '../limits/deadlines.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { goesAhead } from '../plan/migration-path.ts'
import type { MigrationPath } from '../plan/migration-path.ts'
import { timesOfDowngrade } from './dry-run.ts'
import type { DryRun } from './dry-run.ts'
import { preallocateFor } from './preallocated-buffers.ts'

/** Copies the state of one process. */
export type CopyState = () => Promise<CopiedStates>

/** How the migration of one process alone is tried. */
export interface TryMeans {
  readonly from: Activation
  /** Where it is tried. */
  readonly to: Isolate
  /** How long (ms) it may be tried again to make the code there fast. */
  readonly warmMs: number
  /** Copies the state where it has gone ahead: it is not encoded once more. */
  readonly copyState: CopyState | undefined
  /** Sizes of its large buffers, where they are known. */
  readonly largeBuffers: readonly number[] | undefined
}

/**
 * Tries the migrations of a batch of one isolate on copies in `to`, as many as can be tried at once and do not fail;
 * the others are left as they were, to be tried alone.
 * @returns false when `to` died of it, or did not end in time.
 */
export async function tryBatch(
  batch: readonly DryRun[],
  from: Isolate,
  to: Isolate,
): Promise<boolean> {
  const [first] = batch
  if (first === undefined) return true
  const { options, path } = first
  const bySlot = new Map<number, DryRun>()
  for (const dryRun of batch) {
    if (dryRun.batchable !== undefined) bySlot.set(dryRun.batchable.slot, dryRun)
  }
  let slots = [...bySlot.keys()]
  while (slots.length > 0) {
    const copies = await copiesOf(bySlot, slots, from, path)
    const last = copies?.slots.at(-1)
    if (copies === undefined || last === undefined) return true
    const tried = copies.slots.flatMap((slot) => bySlot.get(slot) ?? [])
    if (!(await tryCopies(tried, copies, options, to))) return false
    // After a while their isolate handled messages instead: it goes on from there.
    slots = slots.slice(slots.indexOf(last) + 1)
  }
  return true
}

/** Undefined where the isolate is too busy. */
function copiesOf(
  bySlot: ReadonlyMap<number, DryRun>,
  slots: readonly number[],
  from: Isolate,
  path: MigrationPath,
): Promise<CopiedStates | undefined> {
  const copying = from.requests.copy({ slots, scope: scopeOf(path) })
  const [first = -1, ...rest] = slots
  const others = (): Deadlines[] => rest.flatMap((slot) => bySlot.get(slot)?.deadlines ?? [])
  const soon = bySlot.get(first)?.deadlines.soon(copying, BATCH_DEADLINE_MS, others)
  return soon?.catch(() => undefined) ?? Promise.resolve(undefined)
}

async function tryCopies(
  tried: readonly DryRun[],
  copies: CopiedStates,
  { path, codeChangeTimeoutMs }: HandOverOptions,
  to: Isolate,
): Promise<boolean> {
  if (path.leave.by === 'downgrade') {
    for (const dryRun of tried) noteDowngrade(dryRun, copies, true)
    return true
  }
  const trying = tryStates(copies, path, to, { warmMs: 0, owners: ownersOf(tried) })
  if (!(await fulfilsWithin(trying, sideBySideMs(codeChangeTimeoutMs)))) return false
  note(tried, copies.serialiseMs, await trying, true)
  return true
}

/**
 * The same for one process alone, whose message boundary is waited for. What would fail fails now, for free, and the
 * code is warm when it counts.
 * @throws what the migration throws; MoultError `SUSPEND_TIMEOUT`, `CODE_CHANGE_TIMEOUT`
 */
export async function tryAlone(dryRun: DryRun, means: TryMeans): Promise<void> {
  try {
    await tryOne(dryRun, means)
  } catch (error) {
    if (!hasEnded(dryRun.process)) throw error
  }
}

async function tryOne(dryRun: DryRun, means: TryMeans): Promise<void> {
  const { to, warmMs, copyState } = means
  const { path, options, deadlines } = dryRun
  const copies = copyState === undefined ? await copyOf(dryRun, means) : await copyState()
  if (path.leave.by === 'downgrade') {
    noteDowngrade(dryRun, copies, false)
    return
  }
  let passMs = 0
  // Each version on the way has its share.
  const share = { warmMs: warmMs / (path.hops.length + 1) }
  const passing = options.hops.pass(copies, path.hops, share).then((passed) => {
    ;({ passMs } = passed)
    const owners = ownersOf([dryRun])
    return tryStates({ ...copies, ...passed }, path, to, { ...share, owners })
  })
  const tried = await deadlines.codeChangeIn([to], passing, 'end codeChange')
  const [failure] = tried.failures
  if (failure !== undefined) throw decodeError(failure[1])
  note([dryRun], copies.serialiseMs + passMs, tried, false, copies.isAhead)
}

async function copyOf(dryRun: DryRun, { from, to, largeBuffers }: TryMeans): Promise<CopiedStates> {
  const { path, options, deadlines } = dryRun
  await preallocateFor(from, to, options.signal, largeBuffers)
  from.checkHere()
  const copying = from.isolate.requests.copy({ slots: [from.slot], scope: scopeOf(path) })
  return deadlines.suspend(copying)
}

function tryStates(
  { bytes, attachments, slots }: CopiedStates,
  { enter }: MigrationPath,
  to: Isolate,
  how: Pick<TryStates, 'warmMs' | 'owners'>,
): Promise<TriedStates> {
  const copies = { bytes, attachments }
  return to.requests.try({ copies, count: slots.length, migration: enter, ...how })
}

/** Undefined where nothing is opened beside their states, or only one incarnation may do so. */
function ownersOf(tried: readonly DryRun[]): TryStates['owners'] {
  const [first] = tried
  if (first?.options.target.contract.live !== 'shared') return undefined
  return tried.map(({ process: { id, label } }) => ({ id, name: label }))
}

function note(
  tried: readonly DryRun[],
  leaveMs: number,
  states: TriedStates,
  areSmall: boolean,
  areBuilt = false,
): void {
  tried.forEach((dryRun, at) => {
    const times = entryAt(states, at)
    if (times === undefined) return
    const buildMs = areBuilt ? 0 : times.deserialiseMs
    const enterMs = buildMs + times.codeChangeMs + times.verifyMs + times.openMs
    dryRun.onTried({ leaveMs, enterMs }, areSmall, states.runs)
  })
}

/** A `downgrade` would run in the thread that serves, and hops are given what it makes: nothing is tried. */
function noteDowngrade(
  dryRun: DryRun,
  { serialiseMs: encodeMs }: CopiedStates,
  isSmall: boolean,
): void {
  // In the pause its copy is encoded and decoded before it is given it.
  const once = { encodeMs, decodeMs: encodeMs }
  dryRun.onTried(timesOfDowngrade(dryRun.path, once, 2 * encodeMs), isSmall, 0)
}

/** How much of a state is copied: tables that go ahead are left out. */
function scopeOf(path: MigrationPath): CopyScope {
  return goesAhead(path) ? 'rest' : 'whole'
}
