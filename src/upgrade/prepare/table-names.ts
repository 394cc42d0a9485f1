import type { Contract } from '../../protocol/definition/contract.ts'
import type { Process } from '../../processes/process.ts'
import { MoultError } from '../../protocol/errors.ts'
import { hintOf } from '../../protocol/nearest-name.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { MigrationPath } from '../plan/migration-path.ts'
import { doubtfulTargets, neededTables } from '../plan/needed-tables.ts'
import type { DoubtfulTarget } from '../plan/needed-tables.ts'

/** How long (ms) a busy process is waited for. What it could not say is not held against the version. */
const DEADLINE_MS = 1000
/** So many are asked at once. */
const AT_ONCE = 100

/** The move of which the names of tables are looked up. */
export interface NamedMove {
  readonly codeName: string
  readonly processes: readonly Process[]
  /** In the order of the processes. */
  readonly paths: readonly MigrationPath[]
  /** Label of the version that is entered. */
  readonly target: string
  readonly contractOf: (label: string) => Contract | undefined
  /** Aborted with the upgrade. */
  readonly signal: AbortSignal
}

/**
 * Looks whether the tables that steps name are in the states that run: one that is misspelt would be left as it is, and
 * nothing would say so.
 * @throws MoultError `NO_MIGRATION`, and the reason of the signal when it is aborted
 */
export async function checkTableNames(move: NamedMove): Promise<void> {
  const { paths, target, contractOf } = move
  for (const path of new Set(paths)) {
    const needed = neededTables(path, target, contractOf)
    if (needed.size === 0) continue
    const moving = move.processes.filter((_process, at) => paths[at] === path)
    const found = await tablesIn(moving, [...needed.keys()], move.signal)
    if (found === undefined) continue
    for (const [name, place] of needed) {
      if (!found.has(name)) throw noTable(move, path, { name, place, found: [...found] })
    }
    const [doubtful] = doubtfulTargets(path, target, contractOf, found)
    if (doubtful !== undefined) throw noTarget(move, path, doubtful)
  }
}

/** The tables of these processes, asked until there are all that are wanted. Undefined where one could not say. */
async function tablesIn(
  processes: readonly Process[],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const found = new Set<string>()
  // Mostly one has them all.
  for (let from = 0, to = 1; from < processes.length; from = to, to += AT_ONCE) {
    const asked = processes.slice(from, to).map((process) => tableNames(process, signal))
    const names = await Promise.all(asked)
    if (names.includes(undefined)) return undefined
    for (const name of names.flat()) if (name !== undefined) found.add(name)
    if (wanted.every((name) => found.has(name))) break
  }
  return found
}

async function tableNames(
  { activation }: Process,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (activation === undefined || activation.hasLeft) return undefined
  const { isolate, slot } = activation
  if (!isolate.mayHaveTables) return []
  const names = isolate.tableNames(slot)
  return withDeadline(names, { timeoutMs: DEADLINE_MS, signal }).catch(() => {
    signal.throwIfAborted()
    return undefined
  })
}

function noTable(
  { codeName, target }: NamedMove,
  { start }: MigrationPath,
  { name, place, found }: { name: string; place: string; found: readonly string[] },
): MoultError {
  const hint = hintOf(name, found)
  const expected = found.length === 0 ? 'a state with tables' : `one of ${found.join(', ')}`
  const message = `${codeName}: ${target} (from ${start}) cannot take over the state: ${place} names no table of ${start}${hint}; expected ${expected}`
  const details = { codeName, from: start, to: target, phase: 'plan', path: place }
  return new MoultError('NO_MIGRATION', message, { ...details, expected, received: name })
}

function noTarget(
  { codeName, target }: NamedMove,
  { start }: MigrationPath,
  { name, place, meant, known }: DoubtfulTarget,
): MoultError {
  const expected = `one of ${known.join(', ')}, or its factory in 'tables'`
  const message = `${codeName}: ${target} (from ${start}) cannot take over the state: ${place} is not named in ${target} (did you mean '${meant}'?); expected ${expected}`
  const details = { codeName, from: start, to: target, phase: 'plan', path: place }
  return new MoultError('NO_MIGRATION', message, { ...details, expected, received: name })
}
