import type { Migration } from '../../../src/protocol/wire/migration.ts'
import { thrownBy } from '../../state/migrate.ts'
import { asyncContexts } from '../async-contexts.ts'
import type { OriginProcess } from '../async-contexts.ts'

/**
 * Runs a migration in an async context of its own. `process` is undefined for one that is tried on a copy. What it leaves
 * unhandled until its end fails it.
 */
export function migrated<Result>(
  process: OriginProcess | undefined,
  migration: Migration,
  migrate: () => Result,
): Result | Promise<Awaited<Result>> {
  const isDowngrade = migration.by === 'downgrade'
  const failure = (error: unknown): unknown => thrownBy(migration, error)
  return asyncContexts.runToEnd(process, isDowngrade ? 'downgrade' : 'codeChange', migrate, failure)
}
