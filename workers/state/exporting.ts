import { packAll } from '../../src/protocol/bytes/payload.ts'
import type { Payload, BufferSource } from '../../src/protocol/bytes/payload.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { importedState, without } from './importing.ts'
import { leaveState, run } from './migrate.ts'
import { RecordMigration } from '../tables/record-migration.ts'
import { packState } from './state-bytes.ts'
import {
  decodeState,
  encodeGraph,
  encodeHanded,
  encodeState,
  tablesOf,
  wholeTable,
  withoutTables,
} from '../tables/table-state.ts'
import type { TablePayload } from '../tables/table-state.ts'
import type { TableSender } from '../tables/table-sender.ts'
import type { GraphSender } from './graph/graph-sender.ts'
import type { GraphTarget } from './graph/graph-target.ts'
import { packSlice, unpackSlice } from './graph/slice-bytes.ts'
import type { GraphSlice } from './graph/slice.ts'
import type { SliceReceiver } from '../tables/slice-receiver.ts'
import type { Version } from './version.ts'

/** What is sent of a state ahead of it. */
export interface SendersAhead {
  readonly tables?: TableSender | undefined
  readonly graph?: GraphSender | undefined
  /** Has what the graph has sent, where that is kept in this isolate. */
  readonly copy?: SliceReceiver<GraphTarget> | undefined
}

/** A state for the hand-over, after what was sent ahead. A promise only if a `downgrade` has to run. */
export function exportState(
  version: Version,
  state: unknown,
  migration: Migration,
  senders: SendersAhead,
  preallocated?: BufferSource,
): Payload | Promise<Payload> {
  const { tables: sender, graph } = senders
  if (migration.by === 'downgrade')
    return downgraded(version, state, migration, senders, preallocated)
  const rest = graph?.finishOrAbandon()
  if (rest !== undefined) return encodeGraph(rest, packAll)
  const to = version.toNextVersion
  if (sender === undefined) return packState(state, to, preallocated)
  return encodeState(
    state,
    () => chunksLeft(sender),
    (values) => packAll(values, preallocated),
    to,
  )
}

function chunksLeft(sender: TableSender): Pick<TablePayload, 'sent' | 'chunks'> {
  const { sent, slices } = sender.finish()
  return { sent, chunks: slices }
}

/** Runs on a copy: the user's function may change its argument and then fail. */
async function downgraded(
  version: Version,
  state: unknown,
  migration: Migration,
  senders: SendersAhead,
  preallocated: BufferSource | undefined,
): Promise<Payload> {
  const { tables: sender } = senders
  const { toNextVersion: to, declared } = version
  const step = version.recordStep(migration)
  if (step === undefined) {
    const kept = keptCopy(senders)
    if (kept !== undefined) {
      const payload = packState(await leaveState(version, kept.state, migration), to)
      await kept.copy.proof
      return payload
    }
    const still = { ...migration, by: 'unchanged' } as const
    const copy = importedState(
      version,
      decodeState(packState(state, to, preallocated), declared),
      still,
    )
    return packState(await leaveState(version, copy, migration), to)
  }
  const tables = tablesOf(state)
  const copy = withoutTables(state, tables.keys(), (live) =>
    decodeState(
      encodeHanded(
        { rest: live, tablePayload: undefined },
        (values) => packAll(values, preallocated),
        to,
      ),
      declared,
    ),
  )
  const bare = without(copy.rest, [...tables.keys()])
  const rest = step.state ? await run(version, step.state, bare, migration) : bare
  return encodeHanded({ rest, tablePayload: { fields: [], ...left() } }, packAll, to)

  function left(): Pick<TablePayload, 'sent' | 'chunks'> {
    if (sender !== undefined) return chunksLeft(sender)
    const records = new RecordMigration(step, migration, false)
    const whole = Array.from(tables, (each) => wholeTable(...each))
    return { sent: undefined, chunks: whole.flatMap((chunk) => records.migrate(chunk)) }
  }
}

/** The copy of a state that is kept in this isolate, as the state is now. Undefined where there is none. */
function keptCopy({ graph, copy }: SendersAhead) {
  const rest = copy && graph?.finishOrAbandon()
  if (copy === undefined || rest === undefined) return undefined
  const target = copy.finish(rest.sent, { awaitsProof: true })
  // Some of its objects are in the state.
  for (const slice of rest.slices) target.apply(unpackSlice(packSlice(slice as GraphSlice)))
  return { copy, state: target.root }
}
