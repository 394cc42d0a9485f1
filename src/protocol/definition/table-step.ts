import type { DeepReadonly } from './deep-readonly.ts'
import type { TABLE, TableTypes } from './table-mark.ts'

/** A table by its mark: each version of moult has its own class. */
interface TableOf<K, V> {
  [TABLE](): TableTypes<K, V>
}

/** The names of a state's fields that are tables. */
export type TableNames<State> = {
  [Name in keyof State]-?: State[Name] extends TableOf<unknown, unknown> ? Name : never
}[keyof State] &
  string

/** A state without its tables. */
export type WithoutTables<State> = Omit<State, TableNames<State>>

/** A state as data: its tables as Maps. */
export type WithMaps<State> = [TableNames<State>] extends [never]
  ? State
  : {
      [Name in keyof State]: State[Name] extends TableOf<infer K, infer V>
        ? Map<K, DeepReadonly<V>>
        : State[Name]
    }

/** Makers of tables, by the names of their fields. Default: `table()`. */
export type TableFactories<State> = {
  readonly [Name in TableNames<State>]?: () => State[Name]
}

/** The new value of a record in a table; undefined leaves it out. Its key stays. */
type RecordChangeTo<To, Change> =
  | ((
      value: never,
      key: never,
      change: Change,
    ) => (To extends TableOf<unknown, infer V> ? V | DeepReadonly<V> : unknown) | undefined)
  | 'unchanged'

/** Tables of the new state, with the change of the records that go there. */
type TargetTables<State, Change> = {
  readonly [Name in TableNames<State>]?: RecordChangeTo<State[Name], Change>
}

/** Changes of the old state's tables, by name. A table that is not mentioned stays as it is. */
type TableChanges<State, Change> = {
  readonly [Name in TableNames<State>]?:
    RecordChangeTo<State[Name], Change> | TargetTables<State, Change>
} & Readonly<
  Record<
    string,
    | ((value: never, key: never, change: Change) => unknown)
    | 'unchanged'
    | TargetTables<State, Change>
  >
>

/**
 * Migrates a state record by record, so that tables are migrated while the process goes on:
 *
 * ```ts
 * const codeChange = {
 *   '1.0.0': {
 *     tables: {
 *       cities: (city: { sqm: number }) => ({ ...city, km2: city.sqm / 1e6 }), // or 'unchanged', as what is not mentioned
 *       places: { towns: (place: { people: number }) => (place.people > 0 ? place : undefined), ruins: 'unchanged' }, // renamed, split
 *       cache: {}, // dropped
 *     },
 *     state: ({ hits }: { hits: number }) => ({ hits, since: 0 }), // the rest; left out: as it is
 *   },
 *   '1.5.0': {
 *     state: ({ hits }: { hits: number }) => ({ hits, since: 0 }), // all tables stay as they are
 *   },
 * }
 * ```
 */
export interface CodeChangeByRecord<State, Change> {
  /** Left out: all tables stay as they are. */
  readonly tables?: TableChanges<State, Change>
  /** From the old state without its tables to the new one without its. */
  readonly state?: (
    rest: never,
    change: Change,
  ) => WithoutTables<State> | Promise<WithoutTables<State>>
}

type KeyOf<From> = From extends TableOf<infer K, unknown> ? K : never
type ValueOf<From> = From extends TableOf<unknown, infer V> ? DeepReadonly<V> : never

/**
 * The change of a record on the way back. Only the parameters depend on the state: TypeScript would resolve a type that
 * depends on it as a whole before it has inferred the state.
 */
type RecordDowngrade<From, Change> =
  ((value: ValueOf<From>, key: KeyOf<From>, change: Change) => unknown) | 'unchanged'

/** Migrates back to an older version's state record by record. The functions run in this, the newer, version. */
export interface DowngradeByRecord<State, Change> {
  /** Left out: all tables stay as they are. */
  readonly tables?: {
    readonly [Name in TableNames<State>]?:
      | RecordDowngrade<State[Name], Change>
      | Readonly<Record<string, RecordDowngrade<State[Name], Change>>>
  }
  readonly state?: (rest: WithoutTables<State>, change: Change) => unknown
}
