import type { CodeLine } from '../../code/code-line.ts'
import type { PermissionSet } from '../../options/permissions.ts'
import type { RehearseSetting } from '../../options/rehearse.ts'
import type { ProbationSettings } from '../../options/probation.ts'
import type { Source } from '../../versions/source.ts'
import type { ProcessDowngradeOptions, ProofOptions, RollingOptions } from './options.ts'
import type { Direction } from '../../protocol/wire/migration.ts'
import type { Scope } from './selection.ts'
import type { UpgradeObserver } from './upgrade-observer.ts'

/** What was said of groups. */
export type AskedGroups = {
  readonly [Name in keyof RollingOptions]?: RollingOptions[Name] | undefined
}

/** The same, defaults filled in: without a size groups are as large as is good. */
export type GroupSettings = Required<Omit<RollingOptions, 'groupSize'>> &
  Pick<AskedGroups, 'groupSize'>

/** The options of an upgrade, defaults filled in. */
export type UpgradeSettings = Required<
  Omit<ProcessDowngradeOptions, 'extra' | 'signal' | 'probation'>
> &
  Required<ProofOptions> &
  AskedGroups & {
    readonly mode?: 'atomic' | 'rolling' | undefined
    readonly probation: ProbationSettings | false
    /** False without a dry run. */
    readonly rehearse: RehearseSetting
    /** Of a version that is loaded for it. */
    readonly permissions?: PermissionSet | undefined
    readonly extra?: unknown
    readonly signal?: AbortSignal | undefined
  }

/** A request for an upgrade or a downgrade. */
export interface UpgradeRequest {
  /** What its report and its events name it. */
  readonly id: string
  readonly line: CodeLine
  readonly source: Source
  readonly direction: Direction
  readonly scope: Scope
  /** Name of the watch that asks: then an edit needs no label of its own. */
  readonly watch?: string
  readonly settings: UpgradeSettings
  readonly observer: UpgradeObserver
}
