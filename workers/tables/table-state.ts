import { NEXT_VERSION } from '../../src/protocol/bytes/destination.ts'
import type { Destination } from '../../src/protocol/bytes/destination.ts'
import { unpackAll } from '../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../src/protocol/bytes/payload.ts'
import type { Declared } from '../../src/protocol/bytes/declared.ts'
import { revive } from '../../src/protocol/bytes/revive.ts'
import type { Prototypes } from '../../src/protocol/bytes/prototypes.ts'
import { sendExact } from '../../src/protocol/bytes/send-exact.ts'
import type { Refusal } from '../../src/protocol/bytes/send-exact.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { noRecords } from '../../src/protocol/definition/table-chunk.ts'
import type { TableChunk } from '../../src/protocol/definition/table-chunk.ts'
import { TABLE, isTable, mayHaveTables } from '../../src/protocol/definition/table-mark.ts'
import type { TableAccess } from '../../src/protocol/definition/table-mark.ts'

/** Packs values, or proves that they can be packed. */
export type Encode<Result> = (values: readonly unknown[]) => Result

/** What goes with the state's bytes where the state has tables. */
export interface TablePayload {
  /** The fields that had tables: without a value in the rest. */
  readonly fields: readonly string[]
  /** How many chunks went ahead; undefined where nothing did, and the chunks here are all. */
  readonly sent: number | undefined
  readonly chunks: readonly TableChunk[]
}

/** What goes in place of a state that has gone ahead as a graph of objects. */
export interface GraphPayload {
  /** How many slices went ahead. */
  readonly sent: number
  /** What has changed since then. */
  readonly slices: readonly unknown[]
}

/** A state as it was handed over: its tables apart. */
export interface Handed {
  readonly rest: unknown
  readonly tablePayload: TablePayload | undefined
  /** There is nothing else where it went ahead as a graph. */
  readonly graph?: GraphPayload
}

const none: ReadonlyMap<string, TableAccess> = new Map()

/** The tables that are fields of a state. @throws MoultError `UNCLONEABLE_STATE` for one that is two fields. */
export function tablesOf(state: unknown): ReadonlyMap<string, TableAccess> {
  if (typeof state !== 'object' || state === null || !mayHaveTables()) return none
  const found = new Map<string, TableAccess>()
  const seen = new Map<unknown, string>()
  for (const [name, value] of Object.entries(state)) {
    if (!isTable(value)) continue
    const other = seen.get(value)
    if (other !== undefined) throw sameTable(name, other)
    seen.set(value, name)
    found.set(name, value[TABLE]())
  }
  return found
}

function sameTable(name: string, other: string): MoultError {
  const path = `state.${name}`
  const message = `${path} is the same table as state.${other}: a table is one field of its state`
  const expected = 'a table of its own'
  return new MoultError('UNCLONEABLE_STATE', message, {
    path,
    expected,
    received: `state.${other}`,
  })
}

/** Runs `work` on the state while these fields have no value: they keep their places, and cycles stay what they are. */
export function withoutTables<Result>(
  state: unknown,
  fields: Iterable<string>,
  work: (rest: unknown) => Result,
): Result {
  const live = state as Record<string, unknown>
  const tables = Array.from(fields, (name) => [name, live[name]] as const)
  if (tables.length === 0) return work(state)
  const empty = Object.fromEntries(tables.map(([name]) => [name, undefined]))
  if (Object.isFrozen(live)) return work({ ...live, ...empty })
  Object.assign(live, empty)
  try {
    return work(live)
  } finally {
    for (const [name, table] of tables) live[name] = table
  }
}

/** A copy of the state, one level deep, with Maps for its tables. */
export function withMaps(state: unknown): unknown {
  const tables = tablesOf(state)
  if (tables.size === 0) return state
  const maps = Array.from(tables, ([name, { records }]) => [name, records])
  return { ...(state as object), ...Object.fromEntries(maps) }
}

/** A whole table as one chunk. */
export function wholeTable(
  table: string,
  { records, freeze }: Pick<TableAccess, 'records' | 'freeze'>,
): TableChunk {
  const added = { keys: [...records.keys()], values: [...records.values()], leftOut: [] }
  return { table, kind: 'begin', freeze, deleted: [], updated: noRecords(), added }
}

/** An empty table in the place of one. */
export function emptyTable(table: string, { freeze }: TableAccess): TableChunk {
  const [updated, added] = [noRecords(), noRecords()]
  return { table, kind: 'begin', freeze, deleted: [], updated, added }
}

/** The state encoded, its tables beside it as `chunksOf` has them. @throws MoultError `UNCLONEABLE_STATE` */
export function encodeState<Result>(
  state: unknown,
  chunksOf: (tables: ReadonlyMap<string, TableAccess>) => Pick<TablePayload, 'sent' | 'chunks'>,
  encode: Encode<Result>,
  to?: Destination,
): Result {
  const tables = tablesOf(state)
  if (tables.size === 0) return encodeHanded({ rest: state, tablePayload: undefined }, encode, to)
  const tablePayload = { fields: [...tables.keys()], ...chunksOf(tables) }
  return withoutTables(state, tables.keys(), (rest) => {
    return encodeHanded({ rest, tablePayload }, encode, to)
  })
}

/** @throws MoultError `UNCLONEABLE_STATE` with the path to what the next version would not get as it is. */
export function encodeHanded<Result>(
  { rest, tablePayload }: Handed,
  encode: Encode<Result>,
  destination = NEXT_VERSION,
): Result {
  const refusal: Refusal = {
    code: 'UNCLONEABLE_STATE',
    root: 'state',
    destination,
    told: () => withRecords(rest, tablePayload),
  }
  return sendExact([rest, tablePayload], refusal, (prototypes, values) => {
    const [sent, payload] = values as readonly [unknown, TablePayload | undefined]
    return encode([
      sent,
      prototypes === undefined ? payload : { prototypes, tablePayload: payload },
    ])
  })
}

/** For the path to what is at fault: records where they will be. */
function withRecords(rest: unknown, tablePayload: TablePayload | undefined): unknown {
  if (tablePayload === undefined) return rest
  const maps = tablePayload.chunks.map(({ table, added, updated }) => {
    const entries = [added, updated].flatMap(({ keys, values }) => {
      return keys.map((key, index) => [key, values[index]] as const)
    })
    return [table, new Map(entries)]
  })
  return { ...(rest as object), ...Object.fromEntries(maps) }
}

/** What is encoded behind the rest of a state. */
type BehindRest = TablePayload | WithPrototypes | WithGraph | undefined

interface WithPrototypes {
  readonly prototypes: Prototypes
  readonly tablePayload: TablePayload | undefined
}

interface WithGraph {
  readonly graph: GraphPayload
}

/** A state that went ahead, encoded as {@link encodeState} does others. */
export function encodeGraph<Result>(graph: GraphPayload, encode: Encode<Result>): Result {
  return encode([undefined, { graph } satisfies WithGraph])
}

/**
 * Decodes `count` states that {@link encodeState} packed, one behind the other. Each is revived when it is asked for: the
 * user's code may fail at one of them.
 */
export function decodeStates(
  payload: Payload,
  count: number,
  declared: Declared | undefined,
): (() => Handed)[] {
  const values = unpackAll(payload, 2 * count)
  return Array.from({ length: count }, (_none, at) => {
    return () => handed(values[2 * at], values[2 * at + 1] as BehindRest, declared)
  })
}

/**
 * The same of one.
 * @throws MoultError `NOT_DECLARED`, `CODEC_FAILED`
 */
export function decodeState(payload: Payload, declared?: Declared): Handed {
  const [rest, behind] = unpackAll(payload, 2)
  return handed(rest, behind as BehindRest, declared)
}

function handed(rest: unknown, behind: BehindRest, declared: Declared | undefined): Handed {
  if (behind === undefined) return { rest, tablePayload: undefined }
  if ('graph' in behind) return { rest, tablePayload: undefined, graph: behind.graph }
  if (!('prototypes' in behind)) return { rest, tablePayload: behind }
  const { prototypes, tablePayload } = behind
  const told = (): unknown => withRecords(rest, tablePayload)
  const revived = revive(rest, prototypes, declared, 'state', told)
  return { rest: revived, tablePayload }
}
