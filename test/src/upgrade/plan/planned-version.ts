import type { PlannedVersion } from '../../../../src/upgrade/plan/migration-path.ts'

/** How a `codeChange` is given. */
export type Step = 'function' | 'records' | 'unchanged'

/** A version with these steps to it and back. */
export function version(
  label: string,
  codeChange: readonly (readonly [string, Step])[],
  downgrade: readonly string[],
): PlannedVersion {
  const nothing = { calls: [], casts: [], upcasts: [], checksPayloads: false }
  const contract = { ...nothing, concurrency: 1, downgrade, recordDowngrades: [] }
  return {
    contract: { ...contract, version: label, codeChange: Object.fromEntries(codeChange) },
    declared: label,
    image: { hash: `bytes of ${label}` },
  }
}
