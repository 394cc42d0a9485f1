import type ts from 'typescript'
import { changeMisfits } from './change-check.ts'
import { recordMisfits } from './record-check.ts'
import type { TypedMove } from './record-check.ts'
import { recordMovesOf } from './record-move.ts'
import type { RecordMove } from './record-move.ts'
import { pathTo } from './type-members.ts'
import type { Without } from './type-difference.ts'
import { propertyType, resultOf, signatureOf } from './typed-definition.ts'
import { unseen } from './typed-step.ts'
import type { TypedStep } from './typed-step.ts'
import { tablesOfType } from './typed-table.ts'
import type { TypedTables } from './typed-table.ts'
import { misfits, nodeOf } from './version-pair.ts'
import type { Misfit, VersionPair } from './version-pair.ts'

/** A written step record by record, with the tables of both its states. */
interface RecordStep extends TypedStep {
  /** Such as `codeChange['1.0.0']`. */
  readonly name: string
  readonly node: ts.Node
  /** The type of `{ tables, state }`. */
  readonly type: ts.Type
  readonly tables: { readonly from: TypedTables; readonly to: TypedTables }
}

/** Misfits of a step record by record: from tables and rest of one state to those of the other. */
export function recordStepMisfits(
  pair: VersionPair,
  step: TypedStep,
  name: string,
  at: ts.Node,
  type: ts.Type,
): readonly Misfit[] {
  const node = nodeOf(pair, type, 'tables', at)
  const written = propertyType(pair, type, 'tables', at)
  if (written !== undefined && pair.checker.getIndexInfosOfType(written).length > 0) {
    return [unseen(`${name}.tables`, node)]
  }
  const from = tablesOfType(pair, step.from.state)
  const to = tablesOfType(pair, step.to.state)
  const own: RecordStep = { ...step, name, node, type, tables: { from, to } }
  const all = recordMovesOf(pair, { name: `${name}.tables`, node, type: written }, from)
  const moves = all.flatMap((move) => typedMoves(own, move))
  return [
    ...all.flatMap((move) => strayMisfits(own, move)),
    ...moves.flatMap((move) => recordMisfits(pair, step, move)),
    ...moves.flatMap((move) => targetMisfits(own, moves, move)),
    ...restMisfits(pair, own, new Set(moves.map(({ target }) => target))),
  ]
}

function typedMoves({ tables }: RecordStep, move: RecordMove): readonly TypedMove[] {
  const from = tables.from.get(move.source)
  const to = tables.to.get(move.target)
  return from === undefined || to === undefined ? [] : [{ ...move, from, to }]
}

/** Misfits of a table that one of the versions lacks. */
function strayMisfits(step: RecordStep, move: RecordMove): readonly Misfit[] {
  const { from, to, tables } = step
  const { name, node, source, target, change } = move
  if (!tables.from.has(source)) {
    const message = `${name} is of no table: the state of ${from.version} has ${listOf(tables.from)}`
    return [{ node, message, isCompilers: true }]
  }
  if (tables.to.has(target)) return []
  const isSilent = change === 'silent'
  const lead = isSilent ? `${name} does not mention ${source}` : `${name} goes to no table`
  const message = `${lead}: the state of ${to.version} has ${listOf(tables.to)}`
  return [{ node, message, isCompilers: !isSilent }]
}

function listOf(tables: TypedTables): string {
  return tables.size === 0 ? 'no tables' : `the tables ${[...tables.keys()].join(', ')}`
}

/** Misfits of a target table with several sources, or with a source that may be missing. */
function targetMisfits(
  { from, to }: RecordStep,
  moves: readonly TypedMove[],
  move: TypedMove,
): readonly Misfit[] {
  const { node, target } = move
  const [first, second] = moves.filter((each) => each.target === target)
  if (first === move && second !== undefined) {
    const sources = `${first.source} and ${second.source}`
    const message = `two tables go to ${pathTo('state', target)}: ${sources}`
    return [{ node, message, isCompilers: false }]
  }
  if (!move.from.isOptional || move.to.isOptional) return []
  const one = pathTo('state', move.source)
  const other = pathTo('state', target)
  const message = `${one} may be missing in ${from.version}, but ${other} may not in ${to.version}`
  return [{ node, message, isCompilers: false }]
}

/** Misfits of the rest of the state: `state` gets it, or it stays as it is. */
function restMisfits(
  pair: VersionPair,
  step: RecordStep,
  filled: ReadonlySet<string>,
): readonly Misfit[] {
  const { name: own, node: otherwise, type, from, to, tables, isExact } = step
  const name = `${own}.state`
  const node = nodeOf(pair, type, 'state', otherwise)
  const change = propertyType(pair, type, 'state', node)
  const signature = change && signatureOf(pair, change)
  if (change !== undefined && signature === undefined) return [unseen(name, node)]
  const result = signature && resultOf(pair, signature)
  const empty = [...tables.to.values()].filter((table) => {
    return !filled.has(table.name) && !table.isOptional && !isMade(pair, step, table.name, result)
  })
  const without = {
    came: new Set(tables.from.keys()),
    expected: new Set([...filled, ...empty.map((table) => table.name)]),
  }
  const told = empty.map((table) => emptyMisfit(step, table.name))
  if (signature === undefined || result === undefined) {
    return [...told, ...leftMisfits(pair, step, without)]
  }
  const rest = (version: string): string => `the state of ${version} without its tables`
  const changed = changeMisfits(pair, {
    name,
    node,
    signature,
    result,
    from: { type: from.state, without: without.came, is: [rest(from.version), 'is'] },
    to: { type: to.state, without: without.expected, is: [rest(to.version), 'is'] },
    isExact,
  })
  return [...told, ...changed]
}

/** Whether `state` returns a table of its own. On the way back it cannot: tables are handed over apart. */
function isMade(
  { checker }: VersionPair,
  { field }: RecordStep,
  table: string,
  result: ts.Type | undefined,
): boolean {
  if (field === 'downgrade' || result === undefined) return false
  return checker.getPropertyOfType(result, table) !== undefined
}

function emptyMisfit({ name, node, field, to }: RecordStep, table: string): Misfit {
  const made = field === 'codeChange' ? `, and ${name}.state does not make it` : ''
  const message = `nothing becomes ${pathTo('state', table)} of ${to.version}: ${name}.tables has nothing go there${made}`
  return { node, message, isCompilers: false }
}

/** Misfits of a rest that stays as it is. */
function leftMisfits(
  pair: VersionPair,
  { name, node, from, to }: RecordStep,
  without: Without,
): readonly Misfit[] {
  return misfits(pair, {
    node,
    came: from.state,
    expected: to.state,
    without,
    isExact: true,
    say: (came, expected) =>
      `${name}.state is left out, but the state of ${from.version} without its tables is ${came}` +
      ` and that of ${to.version} is ${expected}`,
  })
}
