import type { PermissionSet } from '../../options/permissions.ts'
import type { Contract, StepKind } from '../../protocol/definition/contract.ts'
import { prototypesOf } from '../../protocol/bytes/prototypes.ts'
import type { Direction, Migration } from '../../protocol/wire/migration.ts'

/** The fields of a version that a plan needs. */
export interface PlannedVersion {
  /** Its `version` is the label, unique among the versions of the code. */
  readonly contract: Contract
  /** The version that the definition itself names. */
  readonly declared: string
  readonly image: { readonly hash: string }
  readonly permissions?: PermissionSet | undefined
}

/** A version that a state passes through, and the migration that runs there. No message is handled there. */
export interface Hop {
  readonly version: string
  readonly migration: Migration
}

/** The steps that take a state from one version to another. */
export interface MigrationPath {
  /** Label of the version that is left. */
  readonly start: string
  /** Runs in the version that is left: a `downgrade`, or nothing. */
  readonly leave: Migration
  readonly hops: readonly Hop[]
  /** Runs in the version that is entered: a `codeChange`, or nothing. */
  readonly enter: Migration
}

/** Two versions between which a step is missing. */
export interface Gap {
  readonly from: string
  readonly to: string
}

/** The ends of a path, and the versions it may use. */
export interface PathRequest {
  readonly from: PlannedVersion
  readonly target: PlannedVersion
  /** All versions of the code, in the order in which they were loaded. */
  readonly known: readonly PlannedVersion[]
  readonly direction: Direction
  readonly extra: unknown
}

/**
 * The shortest path from one version to another by the steps that the versions define, or the gap where a step is
 * missing. Of equally short paths, the one over versions that were loaded later.
 */
export function findPath(request: PathRequest): MigrationPath | Gap {
  const { from, target, known, direction } = request
  const ends = [from.contract.version, target.contract.version] as const
  if (leads(from, target, direction)) return pathOf([from, target], request)
  if (ends[0] === ends[1]) return { from: ends[0], to: ends[1] }
  const versions = distinct([...known, from, target])
  const ahead = search(from, versions, (a, b) => leads(a, b, direction))
  const labels = trace(ends[1], ahead)
  if (labels !== undefined) return pathOf(inOrder(labels, versions), request)
  const behind = search(target, versions, (b, a) => leads(a, b, direction))
  return gapBetween(versions, ahead, behind, request)
}

/** Whether the versions define a step from `a` to `b`. */
function leads(a: PlannedVersion, b: PlannedVersion, direction: Direction): boolean {
  return stepKind(a, b, direction) !== undefined
}

/** How the state of `a` becomes that of `b`. A state that is `'unchanged'` one way is so the other way, too. */
function stepKind(
  a: PlannedVersion,
  b: PlannedVersion,
  direction: Direction,
): StepKind | undefined {
  const isUpgrade = direction === 'upgrade'
  const { codeChange, downgrade } = (isUpgrade ? b : a).contract
  const other = (isUpgrade ? a : b).declared
  const there = isUpgrade ? codeChange : downgrade
  const back = isUpgrade ? downgrade : codeChange
  if (Object.hasOwn(there, other)) return there[other]
  const isSame = Object.hasOwn(back, other) && back[other] === 'unchanged'
  return isSame || isOtherBuild(a, b) ? 'unchanged' : undefined
}

/**
 * Whether two versions are builds of one declared version (edited, or with other packages). Their states are the same.
 */
function isOtherBuild(a: PlannedVersion, b: PlannedVersion): boolean {
  return a.declared === b.declared && a.contract.version !== b.contract.version
}

/** Searches breadth first from `start`. Maps each reached version to the one before it. */
function search(
  start: PlannedVersion,
  versions: readonly PlannedVersion[],
  isStep: (from: PlannedVersion, to: PlannedVersion) => boolean,
): ReadonlyMap<string, string | undefined> {
  const before = new Map<string, string | undefined>([[start.contract.version, undefined]])
  const open = [start]
  for (const from of open) {
    for (const to of versions.toReversed()) {
      if (before.has(to.contract.version) || !isStep(from, to)) continue
      before.set(to.contract.version, from.contract.version)
      open.push(to)
    }
  }
  return before
}

function trace(end: string, before: ReadonlyMap<string, string | undefined>): string[] | undefined {
  if (!before.has(end)) return undefined
  const labels: string[] = []
  for (let at: string | undefined = end; at !== undefined; at = before.get(at)) labels.unshift(at)
  return labels
}

const nothing = { by: 'unchanged' } as const

function pathOf(path: readonly PlannedVersion[], { direction, extra }: PathRequest): MigrationPath {
  const prototypes = prototypesOf(extra)
  const steps = path.slice(1).map((to, index) => {
    const from = path[index] ?? to
    const step = stepBy(from, to, direction)
    const mayChangeKind = to.contract.checksState === true && { mayChangeKind: true }
    const given = { extra, ...(prototypes && { prototypes }), ...mayChangeKind }
    return { from, to, migration: { from: from.declared, to: to.declared, ...step, ...given } }
  })
  const first = steps[0]
  const last = steps.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('a path has two ends')
  const isDowngrade = direction === 'downgrade'
  const passed = isDowngrade ? steps.slice(1) : steps.slice(0, -1)
  const hops = passed
    .filter(({ migration }) => migration.by !== 'unchanged')
    .map(({ from, to, migration }) => {
      return { version: (isDowngrade ? from : to).contract.version, migration }
    })
  return {
    start: first.from.contract.version,
    leave: isDowngrade ? first.migration : nothingToRun(first.migration),
    hops,
    enter: isDowngrade ? nothingToRun(last.migration) : last.migration,
  }
}

function stepBy(
  from: PlannedVersion,
  to: PlannedVersion,
  direction: Direction,
): Pick<Migration, 'by' | 'byRecord'> {
  const kind = stepKind(from, to, direction)
  if (kind === 'unchanged') return nothing
  const by = direction === 'upgrade' ? 'codeChange' : 'downgrade'
  return { by, ...(kind === 'records' && { byRecord: true }) }
}

function nothingToRun({ from, to, extra }: Migration): Migration {
  return { from, to, ...nothing, extra }
}

/** Whether tables can be sent ahead: there are no hops, and the steps go record by record. */
export function goesAhead({ leave, hops, enter }: MigrationPath): boolean {
  const isByRecord = ({ by, byRecord }: Migration): boolean => {
    return by === 'unchanged' || byRecord === true
  }
  return hops.length === 0 && isByRecord(leave) && isByRecord(enter)
}

/**
 * The gap between the last version that can be reached and the first after it that leads to the target. Only versions
 * loaded between both ends count: a user would write the missing step there.
 */
function gapBetween(
  versions: readonly PlannedVersion[],
  ahead: ReadonlyMap<string, unknown>,
  behind: ReadonlyMap<string, unknown>,
  { from, target }: PathRequest,
): Gap {
  const labels = versions.map(({ contract }) => contract.version)
  const way = wayBetween(labels, from.contract.version, target.contract.version)
  const reached = way.findLastIndex((label) => ahead.has(label))
  const needed = way.slice(reached + 1).find((label) => behind.has(label))
  return {
    from: way[reached] ?? from.contract.version,
    to: needed ?? target.contract.version,
  }
}

/** The labels from one to the other, in either direction. */
function wayBetween(labels: readonly string[], from: string, to: string): readonly string[] {
  const start = labels.indexOf(from)
  const end = labels.indexOf(to)
  if (start <= end) return labels.slice(start, end + 1)
  return labels.slice(end, start + 1).toReversed()
}

function inOrder(labels: readonly string[], versions: readonly PlannedVersion[]): PlannedVersion[] {
  return labels.flatMap(
    (label) => versions.find(({ contract }) => contract.version === label) ?? [],
  )
}

function distinct(versions: readonly PlannedVersion[]): PlannedVersion[] {
  return [...new Map(versions.map((each) => [each.contract.version, each])).values()]
}

/** Whether a path was found. */
export function isPath(found: MigrationPath | Gap): found is MigrationPath {
  return 'enter' in found
}
