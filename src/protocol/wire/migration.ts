import { restorePrototypes } from '../bytes/prototypes.ts'
import type { Prototypes } from '../bytes/prototypes.ts'

/** An upgrade runs the `codeChange` of the versions entered, a downgrade the `downgrade` of the versions left. */
export type Direction = 'upgrade' | 'downgrade'

/** A step that turns the state of one version into the state of the next. */
export interface Migration {
  readonly from: string
  readonly to: string
  /** `codeChange` runs in the new version, `downgrade` in the old one; `unchanged` runs nothing. */
  readonly by: 'codeChange' | 'downgrade' | 'unchanged'
  /** Whether it runs record by record, so that tables can be sent ahead. With `unchanged` they always can. */
  readonly byRecord?: boolean
  /** Whether another kind of state is no surprise: a schema judges it where it goes, or it is only tried. */
  readonly mayChangeKind?: boolean
  readonly extra: unknown
  /** Of `extra`. */
  readonly prototypes?: Prototypes | undefined
}

/** For a state that stays with its version. */
export function unchanged(version: string): Migration {
  return { from: version, to: version, by: 'unchanged', extra: undefined }
}

/** Times of the import of a state. */
export interface EntryTimes {
  /** When it was ready to handle, ms on the clock that all threads share. */
  readonly readyAt: number
  readonly deserialiseMs: number
  readonly codeChangeMs: number
  readonly verifyMs: number
  /** Of what the process has beside its state. */
  readonly openMs: number
}

/** The option `extra` of the upgrade, whole again after its way to this thread. */
export function extraOf({ extra, prototypes }: Migration): unknown {
  restorePrototypes(prototypes)
  return extra
}
