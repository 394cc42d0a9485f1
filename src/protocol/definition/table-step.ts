import type { DeepReadonly } from './deep-readonly.ts'
import type { TABLE, TableTypes } from './table-mark.ts'

/** By its mark and not by its class, of which each version of moult has its own. */
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

/** How tables of a version are made, where it is not just `table()`: by the names of their fields. */
export type TableFactories<State> = {
  readonly [Name in TableNames<State>]?: () => State[Name]
}

/** What becomes of a record that goes to a table: its new value; undefined leaves it out. Its key stays. */
type RecordChangeTo<To, Change> =
  | ((
      value: never,
      key: never,
      change: Change,
    ) => (To extends TableOf<unknown, infer V> ? V | DeepReadonly<V> : unknown) | undefined)
  | 'unchanged'

/** Tables of the new state, and what becomes of the records that go there. */
type TargetTables<State, Change> = {
  readonly [Name in TableNames<State>]?: RecordChangeTo<State[Name], Change>
}

/** What becomes of the old state's tables, by their names: of those that are not mentioned, nothing. */
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
 * From one version's state to another's record by record, so that tables are migrated while the process goes on:
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
 * }
 * ```
 */
export interface CodeChangeByRecord<State, Change> {
  readonly tables: TableChanges<State, Change>
  /** From the old state without its tables to the new one without its. */
  readonly state?: (
    rest: never,
    change: Change,
  ) => WithoutTables<State> | Promise<WithoutTables<State>>
}

type KeyOf<From> = From extends TableOf<infer K, unknown> ? K : never
type ValueOf<From> = From extends TableOf<unknown, infer V> ? DeepReadonly<V> : never

/**
 * What becomes of a record of this version's table on the way back. A function whose parameters depend on the state, and not a type
 * that does as a whole: that TypeScript would look into before it has inferred the state.
 */
type RecordDowngrade<From, Change> =
  ((value: ValueOf<From>, key: KeyOf<From>, change: Change) => unknown) | 'unchanged'

/** Back to an older version's state record by record. The functions run in this, the newer, version. */
export interface DowngradeByRecord<State, Change> {
  readonly tables: {
    readonly [Name in TableNames<State>]?:
      | RecordDowngrade<State[Name], Change>
      | Readonly<Record<string, RecordDowngrade<State[Name], Change>>>
  }
  readonly state?: (rest: WithoutTables<State>, change: Change) => unknown
}
