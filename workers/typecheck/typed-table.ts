import type ts from 'typescript'
import { Comparison } from './type-difference.ts'
import { signatureOf } from './typed-definition.ts'
import type { Types } from './typed-definition.ts'

/** A table of a state, by its types. */
export interface TypedTable {
  readonly name: string
  readonly key: ts.Type
  /** The declared type of its values. */
  readonly value: ts.Type
  /** The same as handlers and functions get it: read-only all the way down. */
  readonly given: ts.Type
  /** Whether the state may lack it. */
  readonly isOptional: boolean
}

/** The tables that are fields of a state, by their names. */
export type TypedTables = ReadonlyMap<string, TypedTable>

/** Finds the tables of a state by their mark, whichever class they are of. */
export function tablesOfType(types: Types, state: ts.Type): TypedTables {
  const { checker } = types
  const found = checker.getPropertiesOfType(state).flatMap((field) => {
    const type = checker.getTypeOfSymbol(field)
    const own = checker.getNonNullableType(type)
    const table = tableOf(types, own)
    if (table === undefined) return []
    const isOptional = (field.flags & types.ts.SymbolFlags.Optional) !== 0 || own !== type
    return [[field.name, { ...table, name: field.name, isOptional }] as const]
  })
  return new Map(found)
}

/** Names of tables with the same types in two states, of any class: each version makes its own table. */
export function sameTables(
  types: Types,
  one: ts.Type,
  other: ts.Type,
  at: ts.Node,
): ReadonlySet<string> {
  const others = tablesOfType(types, other)
  const differ = (came: ts.Type, expected: ts.Type): boolean =>
    new Comparison(types, at, true).difference(came, expected) !== undefined
  const same = [...tablesOfType(types, one).values()].filter((table) => {
    const twin = others.get(table.name)
    if (twin === undefined || twin.isOptional !== table.isOptional) return false
    return !differ(table.key, twin.key) && !differ(table.value, twin.value)
  })
  return new Set(same.map(({ name }) => name))
}

/** The types of a table; undefined for another type. */
export function tableOf(
  types: Types,
  type: ts.Type,
): Pick<TypedTable, 'key' | 'value' | 'given'> | undefined {
  const { checker } = types
  const mark = checker.getPropertiesOfType(type).find(isMark)
  const inside = mark && signatureOf(types, checker.getTypeOfSymbol(mark))
  const held =
    inside && checker.getPropertyOfType(checker.getReturnTypeOfSignature(inside), 'types')
  const tuple = held && checker.getNonNullableType(checker.getTypeOfSymbol(held))
  if (tuple === undefined || !checker.isTupleType(tuple)) return undefined
  const [key, value] = checker.getTypeArguments(tuple as ts.TupleTypeReference)
  if (key === undefined || value === undefined) return undefined
  return { key, value, given: givenBy(types, type) ?? value }
}

/** The parameter of `set`: there the compiler has computed the read-only type of values. */
function givenBy(types: Types, type: ts.Type): ts.Type | undefined {
  const { checker } = types
  const set = checker.getPropertyOfType(type, 'set')
  const value = set && signatureOf(types, checker.getTypeOfSymbol(set))?.parameters[1]
  return value && checker.getTypeOfSymbol(value)
}

/** Whether a property is the mark. The compiler names it after the variable that holds the symbol. */
function isMark({ escapedName }: ts.Symbol): boolean {
  return /^__@TABLE@\d+$/.test(escapedName as string)
}
