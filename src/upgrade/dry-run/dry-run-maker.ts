import type { Process } from '../../processes/process.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { MigrationPath } from '../plan/migration-path.ts'
import { DryRun } from './dry-run.ts'

/** Makes the dry run of the process with an index. */
export type MakeDryRun = (index: number) => DryRun

/** Sandboxes are made as they are needed; what they have in common is there once a path. */
export function dryRunMaker(
  processes: readonly Process[],
  paths: readonly MigrationPath[],
  common: Omit<HandOverOptions, 'path'>,
): MakeDryRun {
  const known = new Map<MigrationPath, HandOverOptions>()
  return (index) => {
    const [process, path] = [processes[index], paths[index]]
    if (process === undefined || path === undefined) throw new RangeError(`no process ${index}`)
    const options = known.get(path) ?? { ...common, path }
    known.set(path, options)
    return new DryRun(process, options)
  }
}
