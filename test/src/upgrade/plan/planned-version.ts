import type { PlannedVersion } from '../../../../src/upgrade/plan/migration-path.ts'

/** How a `codeChange` is given. */
export type Step = 'function' | 'records' | 'unchanged'

/** A version with these steps to it and back. */
export function version(
  label: string,
  codeChange: readonly (readonly [string, Step])[],
  downgrade: readonly (readonly [string, Step])[],
): PlannedVersion {
  const nothing = { calls: [], casts: [], upcasts: [], checksPayloads: false }
  const steps = {
    codeChange: Object.fromEntries(codeChange),
    downgrade: Object.fromEntries(downgrade),
  }
  return {
    contract: { ...nothing, concurrency: 1, version: label, ...steps },
    declared: label,
    image: { hash: `bytes of ${label}` },
  }
}
