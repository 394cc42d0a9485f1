import { sharedNow } from '../../../src/protocol/clock.ts'
import { duplicate } from '../../../src/protocol/bytes/payload.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import type { Entries } from '../../../src/protocol/wire/entries.ts'
import type { TriedStates, TryStates } from '../../../src/protocol/wire/requests.ts'
import type { Version } from '../../state/version.ts'
import { revived } from '../../tables/revived.ts'
import { decodeStates } from '../../tables/table-state.ts'
import { allSettled } from './all-settled.ts'
import { importDecoded } from './importer.ts'
import type { Imported } from './importer.ts'
import { migrated } from './migrated.ts'
import { tryOpen } from './try-open.ts'
import { isQuicklyCopied, runUntilWarm } from './warm-up.ts'

/** How long (ms) many copies in a row may hold up what else the thread is asked. */
const TRYING_MS = 20

/**
 * Tries a migration on each copy; of several, as long as there is time. On one alone it is tried as often as that makes
 * it faster.
 */
export function tryStates(
  version: Version,
  request: TryStates,
): TriedStates | Promise<TriedStates> {
  if (mayTryOften(request)) return tryOften(version, request)
  const entries = tryOnce(version, request)
  return isPromiseLike(entries)
    ? entries.then((each) => ({ ...each, runs: 1 }))
    : { ...entries, runs: 1 }
}

function mayTryOften({ warmMs, count, copies, migration }: TryStates): boolean {
  if (warmMs === 0 || count !== 1 || migration.by !== 'codeChange') return false
  return isQuicklyCopied(copies)
}

/** Each time on a copy of its own, for the user's function may change what it is given. */
async function tryOften(version: Version, request: TryStates): Promise<TriedStates> {
  const { copies, warmMs } = request
  // What is open beside a state is opened once.
  let owners = request.owners
  const again = (): Entries | Promise<Entries> => {
    const tried = tryOnce(version, { ...request, owners, copies: duplicate(copies) })
    owners = undefined
    return tried
  }
  const { result, runs } = await runUntilWarm(warmMs, again, ({ failures }) => failures.length > 0)
  return { ...result, runs }
}

function tryOnce(
  version: Version,
  { copies, count, migration, owners }: TryStates,
): Entries | Promise<Entries> {
  // What is only tried is warned of when it is done.
  const quiet = { ...migration, mayChangeKind: true }
  const began = sharedNow()
  const until = count === 1 ? Infinity : began + TRYING_MS
  const states = decodeStates(copies, count, version.declared)
  const decodingMs = (sharedNow() - began) / count
  return allSettled(states, (state, at) => {
    const now = sharedNow()
    if (now > until) return undefined
    const request = { migration: quiet, verify: true }
    const take = (): Imported | Promise<Imported> =>
      importDecoded(version, revived(migration, state), request, {}, now - decodingMs)
    const imported = tryOpen(version, owners?.[at], migrated(undefined, migration, take))
    return isPromiseLike(imported) ? imported.then(({ times }) => times) : imported.times
  })
}
