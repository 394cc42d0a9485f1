/** Types of options that are compared by type; others are compared by name only. */
type Plain = string | number | boolean

/** A part of options that is an object of options itself. */
type Nested<Value> = [Value] extends [
  Plain | readonly unknown[] | AbortSignal | ((...all: never[]) => unknown),
]
  ? false
  : [keyof Value] extends [never]
    ? false
    : true

/** Names of options for which a type and the input of a schema differ; `never` where they agree. */
export type Drift<Options, Taken> =
  | Exclude<keyof Options, keyof Taken>
  | Exclude<keyof Taken, keyof Options>
  | {
      [Name in keyof Options & keyof Taken]-?: DriftAt<Name, Options[Name], Taken[Name]>
    }[keyof Options & keyof Taken]

type DriftAt<Name, Value, Taken> = unknown extends Taken
  ? never
  : [NonNullable<Taken>] extends [Plain]
    ? Same<NonNullable<Value>, NonNullable<Taken>> extends true
      ? never
      : Name
    : Nested<NonNullable<Taken>> extends true
      ? Within<Name, Drift<NonNullable<Value>, NonNullable<Taken>>>
      : never

type Within<Name, Inner> = [Inner] extends [never] ? never : `${Name & string}.${Inner & string}`

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false

/** The options, where their type agrees with the schema; else a type that nothing fits. `unknown` is not compared. */
export type Undrifted<Options, Taken> = unknown extends Options
  ? unknown
  : [Drift<NonNullable<Options>, Taken>] extends [never]
    ? unknown
    : { readonly differsFromItsSchema: Drift<NonNullable<Options>, Taken> }
