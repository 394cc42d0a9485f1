import type { Isolates } from '../../versions/placement.ts'
import type { AskedGroups, UpgradeSettings } from './request.ts'

/** How several processes are to move, as far as it was said. */
type AskedMode = AskedGroups & Pick<UpgradeSettings, 'mode'>

/**
 * Whether processes move a group at a time: where it was said, where something was said of groups, and where they share
 * threads.
 */
export function isRolling({ mode, ...ofGroups }: AskedMode, isolates: Isolates): boolean {
  if (mode !== undefined) return mode === 'rolling'
  const { groupSize, throttleMs, blocked } = ofGroups
  const isSaid = groupSize !== undefined || throttleMs !== undefined || blocked !== undefined
  return isSaid || isolates !== 'per-process'
}
