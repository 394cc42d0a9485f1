import { MoultError } from '../../protocol/errors.ts'
import type { ErrorCode, ErrorDetails } from '../../protocol/errors.ts'
import { phasesWith } from './phases.ts'
import type { Phase } from './phases.ts'
import { findPath, isPath } from './migration-path.ts'
import type { Gap, PlannedVersion, MigrationPath } from './migration-path.ts'
import type { Direction } from '../../protocol/wire/migration.ts'
import { widerThan } from '../../versions/wider-permissions.ts'

/** The input of a plan. */
export interface PlanRequest {
  readonly codeName: string
  /** The version each process runs, in the order of the processes. */
  readonly running: readonly PlannedVersion[]
  readonly target: PlannedVersion
  /** All versions of the code, in the order in which they were loaded: a state may have to pass through some. */
  readonly known: readonly PlannedVersion[]
  readonly direction: Direction
  readonly allowRemoved: boolean
  readonly allowWider: boolean
  readonly rehearse: boolean
  /** Whether the new version can be left again for a while after the swap. */
  readonly isOnProbation?: boolean
  /** Whether a copy has to be measured to estimate the pause. */
  readonly measure?: boolean
  /** Whether even a single process waits for `resume`, so that a fault point can stop it there. */
  readonly hold: boolean
  readonly extra: unknown
}

/** The decisions made before any process is touched. */
export interface Plan {
  /** The path of each process's state, in the order of the processes. */
  readonly paths: readonly MigrationPath[]
  readonly phases: readonly Phase[]
  /**
   * Whether processes wait in the new version until `resume`, so that either all are upgraded or none.
   * Without it a process serves as soon as its state is in place, and `resume` only records it.
   */
  readonly hold: boolean
}

/**
 * Plans an upgrade, without effects.
 * @throws MoultError `IDENTICAL_VERSION`, `PERMISSIONS_WIDER`, `NO_MIGRATION`, `CALLS_REMOVED`
 */
export function planUpgrade(request: PlanRequest): Plan {
  const known = new Map<PlannedVersion, MigrationPath>()
  const paths = request.running.map((running) => {
    // Thousands of processes run a few versions.
    const path = known.get(running) ?? planPath(running, request)
    known.set(running, path)
    return path
  })
  const isMeasured = request.measure === true && paths.length > 0
  const isToTry =
    paths.some(runsCodeChange) || (paths.length > 0 && opensOnUpgrade(request)) || declares(request)
  const canRehearse = isMeasured || (request.rehearse && isToTry)
  const hold = request.hold || paths.length > 1
  const optional: Phase[] = []
  if (canRehearse) optional.push('rehearse')
  if (request.isOnProbation === true && paths.length > 0) optional.push('probation')
  return { paths, hold, phases: phasesWith(optional) }
}

function planPath(running: PlannedVersion, request: PlanRequest): MigrationPath {
  const { target, known, direction, allowRemoved, allowWider, extra } = request
  if (running.image.hash === target.image.hash) throw identical(running, request)
  if (!allowWider) checkWider(running, request)
  if (!allowRemoved) checkRemoved(running, request)
  const found = findPath({ from: running, target, known, direction, extra })
  if (!isPath(found)) throw noMigration(running, found, request)
  return found
}

/** Whether something is opened beside a state that can also be opened for a copy. */
function opensOnUpgrade({ target, direction }: PlanRequest): boolean {
  return direction === 'upgrade' && target.contract.live === 'shared'
}

/** Whether a state may have what the target has to declare, too. */
function declares({ running }: PlanRequest): boolean {
  return running.some(({ contract }) => contract.declares === true)
}

function runsCodeChange({ enter, hops }: MigrationPath): boolean {
  return [enter, ...hops.map(({ migration }) => migration)].some(({ by }) => by === 'codeChange')
}

function checkWider(running: PlannedVersion, request: PlanRequest): void {
  const wider = widerThan(request.target.permissions, running.permissions)
  if (wider.length === 0) return
  const names = wider.join(', ')
  throw refusal(
    running,
    request,
    'PERMISSIONS_WIDER',
    `may do more: ${names}; allowWider lets it`,
    {
      expected: `no more than ${running.contract.version} may do`,
      received: names,
    },
  )
}

function checkRemoved(running: PlannedVersion, request: PlanRequest): void {
  const { target } = request
  const { calls, casts, emits = [] } = running.contract
  const missing = [
    ...calls.filter((name) => !target.contract.calls.includes(name)),
    ...casts.filter((name) => !target.contract.casts.includes(name)),
    // Who listens to it would wait for ever.
    ...emits.filter((name) => target.contract.emits?.includes(name) !== true),
  ]
  if (missing.length === 0) return
  const names = missing.join(', ')
  throw refusal(running, request, 'CALLS_REMOVED', `lacks ${names}; allowRemoved lets them go`, {
    expected: `the calls, casts and events of ${running.contract.version}`,
    received: `none named ${names}`,
  })
}

function identical(running: PlannedVersion, request: PlanRequest): MoultError {
  return refusal(running, request, 'IDENTICAL_VERSION', 'has the same bytes', {
    expected: 'other bytes than those that run',
    received: running.image.hash,
  })
}

function noMigration(running: PlannedVersion, gap: Gap, request: PlanRequest): MoultError {
  const { target, known, direction } = request
  const isUpgrade = direction === 'upgrade'
  const all = [target, running, ...known]
  const [from, to] = [gap.from, gap.to].map((label) => {
    return all.find(({ contract }) => contract.version === label)
  })
  const owner = isUpgrade ? to : from
  const place = isUpgrade
    ? `codeChange['${from?.declared ?? gap.from}'] in ${nameOf(to, gap.to)}`
    : `downgrade['${to?.declared ?? gap.to}'] in ${nameOf(from, gap.from)}`
  const { codeChange = {}, downgrade = {} } = owner?.contract ?? {}
  const steps = Object.keys(isUpgrade ? codeChange : downgrade)
  const between = `a step is missing between ${nameOf(from, gap.from)} and ${nameOf(to, gap.to)}`
  return refusal(
    running,
    request,
    'NO_MIGRATION',
    `cannot take over the state: ${between}, there is no ${place}`,
    {
      expected: `${place}: a function or 'unchanged'`,
      received: steps.length === 0 ? 'none' : steps.join(', '),
    },
  )
}

/** A version as its file declares it, with the label of the build where that is another. */
function nameOf(version: PlannedVersion | undefined, label: string): string {
  const declared = version?.declared ?? label
  return declared === label ? label : `${declared} (build ${label})`
}

function refusal(
  running: PlannedVersion,
  { codeName, target }: PlanRequest,
  code: ErrorCode,
  reason: string,
  details: ErrorDetails,
): MoultError {
  const from = running.contract.version
  const to = target.contract.version
  const way = `${nameOf(target, to)} (from ${nameOf(running, from)})`
  return new MoultError(code, `${codeName}: ${way} ${reason}`, {
    codeName,
    from,
    to,
    phase: 'plan',
    ...details,
  })
}
