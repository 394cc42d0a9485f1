import type ts from 'typescript'
import { propertyType, resultOf, signatureOf } from './typed-definition.ts'
import { misfits, nodeOf } from './version-pair.ts'
import type { Misfit, VersionPair } from './version-pair.ts'

/** A step from one state to another. */
interface Step {
  readonly field: 'codeChange' | 'downgrade'
  readonly from: { readonly state: ts.Type; readonly version: string }
  readonly to: { readonly state: ts.Type; readonly version: string }
  /** Whether the result should be exactly the other version's state, for that version's code knows nothing else. */
  readonly isExact: boolean
}

/** Whether `codeChange` and `downgrade` of the newer version take what is there and return what is needed. */
export function migrationMisfits(pair: VersionPair): readonly Misfit[] {
  if (pair.from === pair.to) return editMisfits(pair)
  const older = { state: pair.older.state, version: pair.from }
  const newer = { state: pair.newer.state, version: pair.to }
  return [
    ...stepMisfits(pair, { field: 'codeChange', from: older, to: newer, isExact: false }),
    ...stepMisfits(pair, { field: 'downgrade', from: newer, to: older, isExact: true }),
  ]
}

/** An edit of a version, or another build of it, takes the state as it is, unless it says how. */
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
  return misfits(pair, {
    node: nodeOf(pair, newer.type, 'init', newer.node),
    came: newer.state,
    expected: older.state,
    isExact: true,
    say: (came, expected) =>
      `the state of ${version} is ${came}, but under the same label it was ${expected}`,
  })
}

function stepMisfits(pair: VersionPair, step: Step): readonly Misfit[] {
  const { type, node: definition } = pair.newer
  const all = propertyType(pair, type, step.field, definition)
  if (all === undefined) return []
  const node = nodeOf(pair, all, pair.from, nodeOf(pair, type, step.field, definition))
  const change = propertyType(pair, all, pair.from, definition)
  // A missing step is refused, or composed of others, when the upgrade is planned.
  if (change === undefined) return isOpen(pair, all) ? [unseen(step, node)] : []
  if (change.isStringLiteral()) return unchangedMisfits(pair, step, node)
  const signature = signatureOf(pair, change)
  if (signature === undefined) return [unseen(step, node, pair.from)]
  const parameter = parameterType(pair, node, signature)
  // What is made of an unknown state is unknown, too: one fault, not two.
  if (parameter !== undefined && provesNothing(pair, parameter, step.from.state)) {
    return [unproven(pair, step, node, parameter)]
  }
  return [
    ...parameterMisfits(pair, step, node, parameter),
    ...resultMisfits(pair, step, node, signature),
  ]
}

function unchangedMisfits(pair: VersionPair, step: Step, node: ts.Node): readonly Misfit[] {
  return misfits(pair, {
    node,
    came: step.from.state,
    expected: step.to.state,
    isExact: true,
    say: (came, expected) =>
      `${nameOf(step, pair.from)} is 'unchanged', but the state of ${step.from.version} is ${came}` +
      ` and that of ${step.to.version} is ${expected}`,
  })
}

/** A function that takes nothing claims nothing: it starts anew. */
function parameterType(
  { checker }: VersionPair,
  node: ts.Node,
  { parameters: [parameter] }: ts.Signature,
): ts.Type | undefined {
  return parameter && checker.getTypeOfSymbolAtLocation(parameter, node)
}

function unproven(pair: VersionPair, step: Step, node: ts.Node, type: ts.Type): Misfit {
  const { state, version } = step.from
  const [came, expected] = [type, state].map((each) => pair.checker.typeToString(each))
  const message = `${nameOf(step, pair.from)} takes ${came ?? ''}, which proves nothing; expected a parameter of type ${expected ?? ''}, the state of ${version}`
  return { node, message, isCompilers: true }
}

function parameterMisfits(
  pair: VersionPair,
  step: Step,
  node: ts.Node,
  type: ts.Type | undefined,
): readonly Misfit[] {
  if (type === undefined) return []
  const { state, version } = step.from
  return misfits(pair, {
    node,
    came: type,
    expected: state,
    isExact: true,
    say: (came, expected) =>
      `${nameOf(step, pair.from)} takes ${came}, but the state of ${version} is ${expected}`,
  })
}

function resultMisfits(
  pair: VersionPair,
  step: Step,
  node: ts.Node,
  signature: ts.Signature,
): readonly Misfit[] {
  const { state, version } = step.to
  return misfits(pair, {
    node,
    came: resultOf(pair, signature),
    expected: state,
    isExact: step.isExact,
    isCompilers: !step.isExact,
    say: (came, expected) =>
      `${nameOf(step, pair.from)} returns ${came}, but the state of ${version} is ${expected}`,
  })
}

/** `any`, or what a parameter without a type is: `never`, for a definition has many old states. */
function provesNothing({ ts }: VersionPair, type: ts.Type, state: ts.Type): boolean {
  const { Any, Unknown, Never } = ts.TypeFlags
  if ((type.flags & Any) !== 0) return true
  return (type.flags & (Unknown | Never)) !== 0 && type !== state
}

/** Whether the steps are of a type that does not list them. */
function isOpen({ ts, checker }: VersionPair, all: ts.Type): boolean {
  return checker.getIndexInfosOfType(all).length > 0 || (all.flags & ts.TypeFlags.Any) !== 0
}

function unseen({ field }: Step, node: ts.Node, label?: string): Misfit {
  const name = label === undefined ? field : nameOf({ field }, label)
  const message = `the types of ${name} cannot be read; expected functions or 'unchanged', written in place or with types of their own`
  return { node, message, isCompilers: true }
}

function nameOf({ field }: Pick<Step, 'field'>, label: string): string {
  return `${field}['${label}']`
}
