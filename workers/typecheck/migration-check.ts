import type ts from 'typescript'
import { changeMisfits } from './change-check.ts'
import { recordStepMisfits } from './record-step-check.ts'
import { propertyType, resultOf, signatureOf } from './typed-definition.ts'
import { unseen } from './typed-step.ts'
import type { TypedStep } from './typed-step.ts'
import { sameTables } from './typed-table.ts'
import { misfits, nodeOf } from './version-pair.ts'
import type { Expectation, Misfit, VersionPair } from './version-pair.ts'

/** Misfits of `codeChange` and `downgrade` of the newer version. */
export function migrationMisfits(pair: VersionPair): readonly Misfit[] {
  if (pair.from === pair.to) return editMisfits(pair)
  const older = { state: pair.older.state, version: pair.from }
  const newer = { state: pair.newer.state, version: pair.to }
  return [
    ...stepMisfits(pair, { field: 'codeChange', from: older, to: newer, isExact: false }),
    ...stepMisfits(pair, { field: 'downgrade', from: newer, to: older, isExact: true }),
  ]
}

/** Misfits of an edit, or of another build: without a `codeChange` it takes the state as it is. */
function editMisfits(pair: VersionPair): readonly Misfit[] {
  const { newer, older, from: version } = pair
  const all = propertyType(pair, newer.type, 'codeChange', newer.node)
  if (all !== undefined && propertyType(pair, all, version, newer.node) !== undefined) {
    const [before, after] = [
      { state: older.state, version },
      { state: newer.state, version },
    ]
    return stepMisfits(pair, { field: 'codeChange', from: before, to: after, isExact: false })
  }
  const node = nodeOf(pair, newer.type, 'init', newer.node)
  return misfits(pair, {
    ...kept(pair, node, newer.state, older.state),
    say: (came, expected) =>
      `the state of ${version} is ${came}, but under the same label it was ${expected}`,
  })
}

function stepMisfits(pair: VersionPair, step: TypedStep): readonly Misfit[] {
  const { type, node: definition } = pair.newer
  const all = propertyType(pair, type, step.field, definition)
  if (all === undefined) return []
  const node = nodeOf(pair, all, pair.from, nodeOf(pair, type, step.field, definition))
  const change = propertyType(pair, all, pair.from, definition)
  // The plan of the upgrade refuses a missing step, or composes it of others.
  if (change === undefined) return isOpen(pair, all) ? [unseen(step.field, node)] : []
  const name = `${step.field}['${pair.from}']`
  if (change.isStringLiteral()) return unchangedMisfits(pair, step, name, node)
  const signature = signatureOf(pair, change)
  if (signature !== undefined) return wholeMisfits(pair, step, name, node, signature)
  const isByRecord = ['tables', 'state'].some((part) => {
    return pair.checker.getPropertyOfType(change, part) !== undefined
  })
  return isByRecord ? recordStepMisfits(pair, step, name, node, change) : [unseen(name, node)]
}

function wholeMisfits(
  pair: VersionPair,
  { from, to, isExact }: TypedStep,
  name: string,
  node: ts.Node,
  signature: ts.Signature,
): readonly Misfit[] {
  return changeMisfits(pair, {
    name,
    node,
    signature,
    result: resultOf(pair, signature),
    from: { type: from.state, is: [`the state of ${from.version}`, 'is'] },
    to: { type: to.state, is: [`the state of ${to.version}`, 'is'] },
    isExact,
  })
}

function unchangedMisfits(
  pair: VersionPair,
  step: TypedStep,
  name: string,
  node: ts.Node,
): readonly Misfit[] {
  return misfits(pair, {
    ...kept(pair, node, step.from.state, step.to.state),
    say: (came, expected) =>
      `${name} is 'unchanged', but the state of ${step.from.version} is ${came}` +
      ` and that of ${step.to.version} is ${expected}`,
  })
}

/** Misfits of a state that is taken over as it is. */
function kept(
  pair: VersionPair,
  node: ts.Node,
  came: ts.Type,
  expected: ts.Type,
): Omit<Expectation, 'say'> {
  const tables = sameTables(pair, came, expected, node)
  const without = tables.size === 0 ? undefined : { came: tables, expected: tables }
  return { node, came, expected, without, isExact: true }
}

/** Whether the type of the steps does not list them. */
function isOpen({ ts, checker }: VersionPair, all: ts.Type): boolean {
  return checker.getIndexInfosOfType(all).length > 0 || (all.flags & ts.TypeFlags.Any) !== 0
}
