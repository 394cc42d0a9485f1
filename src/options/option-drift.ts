/** What stands for an option by itself: all else is compared by name only. */
type Plain = string | number | boolean

/** A part of options that is an object of options itself. */
type Nested<Value> = [Value] extends [
  Plain | readonly unknown[] | AbortSignal | ((...all: never[]) => unknown),
]
  ? false
  : [keyof Value] extends [never]
    ? false
    : true

/** The names of options of which a type and a schema (by what it takes) do not say the same; `never` where there is none. */
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

/** Options of a type that says what the schema says: of any other type none fit. What has no type yet (`unknown`) is not compared. */
export type Undrifted<Options, Taken> = unknown extends Options
  ? unknown
  : [Drift<NonNullable<Options>, Taken>] extends [never]
    ? unknown
    : { readonly differsFromItsSchema: Drift<NonNullable<Options>, Taken> }
