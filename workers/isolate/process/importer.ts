import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import type { EntryTimes, Migration } from '../../../src/protocol/wire/migration.ts'
import { importedState } from '../../state/importing.ts'
import { whenReady } from '../../../src/protocol/promise-like.ts'
import { proveCloneable, proveRest } from '../../state/state-bytes.ts'
import { GraphTarget } from '../../state/graph/graph-target.ts'
import type { GraphSlice } from '../../state/graph/slice.ts'
import { TableSet } from '../../tables/table-set.ts'
import { revived } from '../../tables/revived.ts'
import { decodeState } from '../../tables/table-state.ts'
import type { Handed } from '../../tables/table-state.ts'
import type { Version } from '../../state/version.ts'
import type { ReceiverAhead } from './sent-ahead.ts'

/** A state that was taken over, and how long each step took. */
export interface Imported {
  readonly state: unknown
  readonly times: EntryTimes
}

/** How a state becomes this version's. */
export interface ImportRequest {
  readonly migration: Migration
  /** Whether the new state is to be proved to be data. */
  readonly verify: boolean
}

/** What a state may be taken over with. */
export interface ImportMeans {
  /** What came before it. */
  readonly ahead?: ReceiverAhead | undefined
}

/** Makes this version's state of another's. A promise only where something is one. */
export function importState(
  version: Version,
  payload: Payload,
  request: ImportRequest,
  means?: ImportMeans,
): Imported | Promise<Imported> {
  const began = sharedNow()
  const given = revived(request.migration, () => decodeState(payload, version.declared))
  return importDecoded(version, given, request, means, began)
}

/** The same of a state that has been decoded, since `began`. */
export function importDecoded(
  version: Version,
  given: Handed,
  { migration, verify }: ImportRequest,
  { ahead }: ImportMeans = {},
  began = sharedNow(),
): Imported | Promise<Imported> {
  const handed = withGraph(given, ahead)
  const tables = tablesAhead(handed, ahead)
  const decoded = sharedNow()
  const changed = importedState(version, handed, migration, tables)
  const taken = whenReady(changed, (state) => {
    const migrated = sharedNow()
    // What went ahead has been proved record by record.
    if (verify) (tables === undefined ? proveCloneable : proveRest)(state, version.toNextVersion)
    const checked = whenReady(version.checkState(state), () => proofOf(given, ahead))
    return whenReady(checked, () => {
      const readyAt = sharedNow()
      const deserialiseMs = decoded - began
      const codeChangeMs = migrated - decoded
      const verifyMs = readyAt - migrated
      return { state, times: { readyAt, deserialiseMs, codeChangeMs, verifyMs, openMs: 0 } }
    })
  })
  return taken as Imported | Promise<Imported>
}

/** Without what went ahead of it the rest of a state is worth nothing. */
function tablesAhead(
  { tablePayload }: Handed,
  ahead: ReceiverAhead | undefined,
): TableSet | undefined {
  if (tablePayload?.sent === undefined) return undefined
  const tables = ahead?.finish(tablePayload.sent)
  if (tables instanceof TableSet) return tables
  throw new RangeError('the tables that went ahead have gone')
}

/** The state that went ahead as a graph of objects, with what has changed since then. */
export function withGraph(handed: Handed, ahead: ReceiverAhead | undefined): Handed {
  if (handed.graph === undefined) return handed
  const { sent, slices } = handed.graph
  const target = ahead?.finish(sent, { awaitsProof: true })
  if (!(target instanceof GraphTarget))
    throw new RangeError('the objects that went ahead have gone')
  for (const slice of slices) target.apply(slice as GraphSlice)
  return { rest: target.root, tablePayload: undefined }
}

/**
 * What went ahead as a graph is looked at once more where it was, meanwhile, for what no comparison sees. A promise only
 * where that takes longer than to take it over.
 */
export function proofOf(
  { graph }: Handed,
  ahead: ReceiverAhead | undefined,
): Promise<undefined> | undefined {
  return graph === undefined ? undefined : ahead?.proof
}
