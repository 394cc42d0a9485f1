import type { CodeLine, HalfWay } from '../../code/code-line.ts'
import type { Version } from '../../versions/version.ts'
import type { Process } from '../../processes/process.ts'
import { MoultError } from '../../protocol/errors.ts'
import type { Selection } from './options.ts'

/**
 * The scope of an upgrade: the whole code with new processes, the processes that a move which stopped half-way has
 * taken from its current version, some of its processes, or one.
 */
export type Scope =
  /** A roll back that stops half-way goes on when it is asked for again. */
  | { readonly kind: 'whole'; readonly isRollBack?: boolean }
  | { readonly kind: 'half-way'; readonly halfWay: HalfWay }
  | { readonly kind: 'some'; readonly only: Selection }
  | { readonly kind: 'one'; readonly process: Process }

/** Floating point makes 7.000000000000001 of 0.07 * 100, and that must not be rounded up to 8. */
const ROUNDING = 1e-9

/** The processes to move to `target`. Those that run it already stay. @throws MoultError `UNKNOWN_PROCESS` */
export function selectProcesses(scope: Scope, line: CodeLine, target: Version): Process[] {
  return chosen(scope, line, target).filter(({ version }) => {
    return version !== undefined && version !== target
  })
}

/** The pinned processes that an upgrade of the whole code skips. */
export function passedOver(scope: Scope, line: CodeLine, target: Version): Process[] {
  if (scope.kind !== 'whole') return []
  return [...line.pinned].filter(({ version }) => version !== target)
}

function chosen(scope: Scope, line: CodeLine, target: Version): readonly Process[] {
  if (scope.kind === 'one') return [scope.process]
  if (scope.kind === 'half-way') return scope.halfWay.processes
  const free = [...line.processes].filter((process) => !line.pinned.has(process))
  if (scope.kind === 'whole') return free
  // A process can be named twice: by its name and by its id.
  if (typeof scope.only !== 'number') {
    return [...new Set(scope.only.map((name) => named(name, line)))]
  }
  const moved = line.usersOf(target).length
  const others = free.filter(({ version }) => version !== target)
  const wanted = Math.max(1, Math.ceil(scope.only * line.processes.size - ROUNDING))
  return others.slice(0, Math.max(0, wanted - moved))
}

function named(nameOrId: string, line: CodeLine): Process {
  const all = [...line.processes]
  const found = all.find(({ label }) => label === nameOrId) ?? all.find(({ id }) => id === nameOrId)
  if (found !== undefined) return found
  const message = `${line.name} has no process ${nameOrId}`
  const expected = 'names or ids of processes of this code'
  const details = { codeName: line.name, process: nameOrId, expected, received: nameOrId }
  throw new MoultError('UNKNOWN_PROCESS', message, details)
}
