import type ts from 'typescript'
import { changeMisfits, parameterType, unproven } from './change-check.ts'
import type { Holding, TypedChange } from './change-check.ts'
import type { RecordMove } from './record-move.ts'
import { membersOf, pathTo } from './type-members.ts'
import { unseen } from './typed-step.ts'
import type { TypedSide, TypedStep } from './typed-step.ts'
import type { TypedTable } from './typed-table.ts'
import { misfits } from './version-pair.ts'
import type { Misfit, VersionPair } from './version-pair.ts'

/** A move of records between two tables that exist. */
export interface TypedMove extends RecordMove {
  readonly from: TypedTable
  readonly to: TypedTable
}

/** Misfits of a move: the change has to take the records and return those of the other table. */
export function recordMisfits(
  pair: VersionPair,
  step: TypedStep,
  move: TypedMove,
): readonly Misfit[] {
  const { name, node, change } = move
  if (change === 'unread') return [unseen(name, node)]
  const old = recordsOf(move.from, step.from)
  const next = recordsOf(move.to, step.to)
  const keys = keptKeyMisfits(pair, step, move)
  if (typeof change === 'string') return [...keys, ...unchangedMisfits(pair, move, old, next)]
  const typed = { name, node, signature: change, from: old, isExact: step.isExact }
  return [
    ...keys,
    ...keyMisfits(pair, typed, keysOf(move.from, step.from)),
    ...changeMisfits(pair, { ...typed, ...becoming(pair, change, next) }),
  ]
}

function recordsOf({ name, value, given }: TypedTable, { version }: TypedSide): Holding {
  const what = `the records of ${pathTo('state', name)} in ${version}`
  return { type: value, alternative: given, is: [what, 'are'] }
}

function keysOf({ name, key }: TypedTable, { version }: TypedSide): Holding {
  return { type: key, is: [`the keys of ${pathTo('state', name)} in ${version}`, 'are'] }
}

function unchangedMisfits(
  pair: VersionPair,
  { name, node, change, source }: TypedMove,
  { type: came, is: [what] }: Holding,
  { type: expected, is: [other] }: Holding,
): readonly Misfit[] {
  const lead = change === 'silent' ? `does not mention ${source}` : `is 'unchanged'`
  return misfits(pair, {
    node,
    came,
    expected,
    isExact: true,
    say: (one, another) => `${name} ${lead}, but ${what} are ${one} and ${other} are ${another}`,
  })
}

/** Misfits of keys, which stay as they are. */
function keptKeyMisfits(
  pair: VersionPair,
  step: TypedStep,
  { name, node, from, to }: TypedMove,
): readonly Misfit[] {
  const old = keysOf(from, step.from)
  const next = keysOf(to, step.to)
  return misfits(pair, {
    node,
    came: old.type,
    expected: next.type,
    isExact: false,
    say: (came, expected) =>
      `${name} leaves keys as they are, but ${old.is.join(' ')} ${came} and ${next.is.join(' ')} ${expected}`,
  })
}

/** Misfits of keys in a parameter. A wider type fits: a key loses nothing. */
function keyMisfits(
  pair: VersionPair,
  change: Pick<TypedChange, 'name' | 'node' | 'signature'>,
  keys: Holding,
): readonly Misfit[] {
  const type = parameterType(pair, change, 1)
  if (type === undefined) return []
  const { Any, Never } = pair.ts.TypeFlags
  const as = ' for a key'
  if ((type.flags & (Any | Never)) !== 0) return [unproven(pair, change, type, keys, as)]
  return misfits(pair, {
    node: change.node,
    came: keys.type,
    expected: type,
    isExact: false,
    say: (came, expected) =>
      `${change.name} takes ${expected}${as}, but ${keys.is.join(' ')} ${came}`,
  })
}

/** The actual and the expected result of a function, without the undefined that leaves a record out. */
function becoming(
  pair: VersionPair,
  signature: ts.Signature,
  to: Holding,
): Pick<TypedChange, 'result' | 'to'> {
  const { checker, ts } = pair
  const has = (type: ts.Type, flag: ts.TypeFlags): boolean => {
    return membersOf(type).some(({ flags }) => (flags & flag) !== 0)
  }
  const bare = (type: ts.Type): ts.Type => checker.getNonNullableType(type)
  const { Null, Undefined } = ts.TypeFlags
  const result = checker.getReturnTypeOfSignature(signature)
  if (!has(result, Undefined)) return { result, to }
  const left = bare(result)
  // It leaves all records out.
  if ((left.flags & ts.TypeFlags.Never) !== 0) return { result: to.type, to }
  if (!has(result, Null)) return { result: left, to }
  // The compiler removes null and undefined together: so both types lose them, or none.
  if (!has(to.type, Null)) return { result, to }
  const alternative = to.alternative && bare(to.alternative)
  return { result: left, to: { ...to, type: bare(to.type), alternative } }
}
