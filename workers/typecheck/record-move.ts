import type ts from 'typescript'
import { pathTo } from './type-members.ts'
import { signatureOf } from './typed-definition.ts'
import type { TypedTables } from './typed-table.ts'
import type { VersionPair } from './version-pair.ts'

/** A move of the records of a table in a step record by record. */
export interface RecordMove {
  /** Such as `codeChange['1.0.0'].tables.places.towns`. */
  readonly name: string
  readonly node: ts.Node
  /** Names of the table that they leave, and of the one that they enter. */
  readonly source: string
  readonly target: string
  /** `unread`: its type proves nothing. `silent`: the step does not mention the table, which stays as it is. */
  readonly change: ts.Signature | 'unchanged' | 'silent' | 'unread'
}

/** The `tables` of a step record by record. */
export interface WrittenTables {
  /** Such as `codeChange['1.0.0'].tables`. */
  readonly name: string
  readonly node: ts.Node
  /** Undefined where none is written: all stay as they are. */
  readonly type: ts.Type | undefined
}

/** All moves of a step: the written ones, and those of unmentioned tables, which stay as they are. */
export function recordMovesOf(
  pair: VersionPair,
  written: WrittenTables,
  tables: TypedTables,
): readonly RecordMove[] {
  const { name, node, type } = written
  const mentioned = type === undefined ? [] : pair.checker.getPropertiesOfType(type)
  const silent = [...tables.keys()].filter((each) => !mentioned.some((one) => one.name === each))
  return [
    ...mentioned.flatMap((source) => movesOf(pair, written, source)),
    ...silent.map((each) => ({
      name,
      node,
      source: each,
      target: each,
      change: 'silent' as const,
    })),
  ]
}

function movesOf(
  pair: VersionPair,
  written: WrittenTables,
  table: ts.Symbol,
): readonly RecordMove[] {
  const source = table.name
  const step = entryOf(pair, written, table)
  if (step.change !== 'unread' || !isObject(pair, step.type)) {
    return [{ ...step, source, target: source }]
  }
  const targets = pair.checker.getPropertiesOfType(step.type)
  return targets.map((each) => ({ ...entryOf(pair, step, each), source, target: each.name }))
}

/** One entry of an object of steps. */
function entryOf(
  pair: VersionPair,
  within: WrittenTables,
  entry: ts.Symbol,
): WrittenTables & Pick<RecordMove, 'change'> & { readonly type: ts.Type } {
  const node = entry.valueDeclaration ?? within.node
  const type = pair.checker.getNonNullableType(pair.checker.getTypeOfSymbolAtLocation(entry, node))
  const isUnchanged = type.isStringLiteral() && type.value === 'unchanged'
  const change = isUnchanged ? 'unchanged' : (signatureOf(pair, type) ?? 'unread')
  return { name: pathTo(within.name, entry.name), node, type, change }
}

/** Whether a type lists its properties. */
function isObject({ ts, checker }: VersionPair, type: ts.Type): boolean {
  const isOpen = checker.getIndexInfosOfType(type).length > 0
  return (type.flags & ts.TypeFlags.Object) !== 0 && !isOpen
}
