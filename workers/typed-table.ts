import type ts from 'typescript'
import { propertyType, signatureOf } from './typed-definition.ts'
import type { Types } from './typed-definition.ts'

/** A table of a state, by its types. */
export interface TypedTable {
  readonly name: string
  readonly key: ts.Type
  /** What the table was said to hold. */
  readonly value: ts.Type
  /** The same as handlers and functions are given it, read-only all the way down. */
  readonly given: ts.Type
  /** Whether the state may lack it. */
  readonly isOptional: boolean
}

/** The tables that are fields of a state, by their names. */
export type TypedTables = ReadonlyMap<string, TypedTable>

/** Finds the tables of a state by their mark, whichever class they are of. */
export function tablesOfType(types: Types, state: ts.Type, at: ts.Node): TypedTables {
  const { checker } = types
  const found = checker.getPropertiesOfType(state).flatMap((field) => {
    const type = checker.getTypeOfSymbolAtLocation(field, at)
    const own = checker.getNonNullableType(type)
    const table = tableOf(types, own, at)
    if (table === undefined) return []
    const isOptional = (field.flags & types.ts.SymbolFlags.Optional) !== 0 || own !== type
    return [[field.name, { ...table, name: field.name, isOptional }] as const]
  })
  return new Map(found)
}

function tableOf(
  types: Types,
  type: ts.Type,
  at: ts.Node,
): Pick<TypedTable, 'key' | 'value' | 'given'> | undefined {
  const { checker } = types
  const mark = checker.getPropertiesOfType(type).find(isMark)
  const inside = mark && signatureOf(types, checker.getTypeOfSymbolAtLocation(mark, at))
  const tuple = inside && propertyType(types, checker.getReturnTypeOfSignature(inside), 'types', at)
  if (tuple === undefined || !checker.isTupleType(tuple)) return undefined
  const [key, value] = checker.getTypeArguments(tuple as ts.TupleTypeReference)
  if (key === undefined || value === undefined) return undefined
  return { key, value, given: givenBy(types, type, at) ?? value }
}

/** What `set` takes: there the compiler has worked out what read-only makes of the values. */
function givenBy(types: Types, type: ts.Type, at: ts.Node): ts.Type | undefined {
  const set = propertyType(types, type, 'set', at)
  const value = set && signatureOf(types, set)?.parameters[1]
  return value && types.checker.getTypeOfSymbolAtLocation(value, at)
}

/** The compiler names a property that goes by a symbol after the variable that holds the symbol. */
function isMark({ escapedName }: ts.Symbol): boolean {
  return /^__@TABLE@\d+$/.test(escapedName as string)
}
