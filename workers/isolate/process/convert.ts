import { duplicate } from '../../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import type { Migration } from '../../../src/protocol/wire/migration.ts'
import type { Conversion, Converted } from '../../../src/protocol/wire/requests.ts'
import { exportState } from '../../state/exporting.ts'
import { importedState } from '../../state/importing.ts'
import type { Version } from '../../state/version.ts'
import { revived } from '../../tables/revived.ts'
import { decodeState } from '../../tables/table-state.ts'
import { proofOf, withGraph } from './importer.ts'
import { migrated } from './migrated.ts'
import type { ReceiverAhead } from './sent-ahead.ts'
import { isQuicklyCopied, runUntilWarm } from './warm-up.ts'

/** Migrates a state that passes through a version: on a copy in a dry run, as often as that makes it faster. */
export async function convertState(
  version: Version,
  { bytes, attachments, migration, warmMs }: Conversion,
  ahead: ReceiverAhead | undefined,
): Promise<Converted> {
  const given = { bytes, attachments }
  const budgetMs = isQuicklyCopied(given) ? warmMs : 0
  const once = (): Payload | Promise<Payload> => {
    const own = budgetMs === 0 ? given : duplicate(given)
    return migrated(undefined, migration, () => converted(version, own, migration, ahead))
  }
  const { result, lastMs } = await runUntilWarm(budgetMs, once)
  return { ...result, convertMs: lastMs }
}

async function converted(
  version: Version,
  payload: Payload,
  migration: Migration,
  ahead: ReceiverAhead | undefined,
): Promise<Payload> {
  const given = revived(migration, () => decodeState(payload, version.declared))
  const state = await importedState(version, withGraph(given, ahead), migration)
  if (migration.by === 'codeChange') await version.checkState(state)
  await proofOf(given, ahead)
  return exportState(version, state, migration, {})
}
