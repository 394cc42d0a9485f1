import type ts from 'typescript'
import { textsOf } from './type-text.ts'
import { misfits } from './version-pair.ts'
import type { Expectation, Misfit, VersionPair } from './version-pair.ts'

/** A type of a version, and its name in a sentence. */
export interface Holding {
  readonly type: ts.Type
  /** Another type of it that would also fit. */
  readonly alternative?: ts.Type | undefined
  /** Fields that are excluded. */
  readonly without?: ReadonlySet<string>
  /** Such as `the state of 1.0.0 is`. */
  readonly is: readonly [name: string, verb: 'is' | 'are']
}

/** One function of a migration. */
export interface TypedChange {
  /** Such as `codeChange['1.0.0']`. */
  readonly name: string
  readonly node: ts.Node
  readonly signature: ts.Signature
  /** The type of its result, resolved. */
  readonly result: ts.Type
  readonly from: Holding
  readonly to: Holding
  /** Whether it should return exactly the type of the other version, not only one that fits. */
  readonly isExact: boolean
}

/** Misfits of a function of a migration, in its parameter and its result. */
export function changeMisfits(pair: VersionPair, change: TypedChange): readonly Misfit[] {
  const parameter = parameterType(pair, change, 0)
  // The result for an unknown state is unknown, too: one fault, not two.
  if (parameter !== undefined && provesNothing(pair, parameter, change.from)) {
    return [unproven(pair, change, parameter, change.from)]
  }
  return [...parameterMisfits(pair, change, parameter), ...resultMisfits(pair, change)]
}

/** The type of the parameter; undefined for a function without one. */
export function parameterType(
  { checker }: VersionPair,
  { node, signature }: Pick<TypedChange, 'node' | 'signature'>,
  at: number,
): ts.Type | undefined {
  const parameter = signature.parameters[at]
  return parameter && checker.getTypeOfSymbolAtLocation(parameter, node)
}

/** Whether a type is `any`, or `never` of a parameter without a type: a definition has many old states. */
function provesNothing({ ts }: VersionPair, type: ts.Type, { type: held }: Holding): boolean {
  const { Any, Unknown, Never } = ts.TypeFlags
  if ((type.flags & Any) !== 0) return true
  return (type.flags & (Unknown | Never)) !== 0 && type !== held
}

/** A misfit for a parameter whose type proves nothing. `as` names one that is not the first. */
export function unproven(
  pair: VersionPair,
  { name, node }: Pick<TypedChange, 'name' | 'node'>,
  type: ts.Type,
  held: Holding,
  as = '',
): Misfit {
  const [came, expected] = textsOf(pair, type, held.type, comparedAs(held).without)
  const message = `${name} takes ${came}${as}, which proves nothing; expected a parameter of type ${expected}, ${held.is[0]}`
  return { node, message, isCompilers: true }
}

function parameterMisfits(
  pair: VersionPair,
  { name, node, from }: TypedChange,
  type: ts.Type | undefined,
): readonly Misfit[] {
  if (type === undefined) return []
  return misfits(pair, {
    node,
    came: type,
    expected: from.type,
    ...comparedAs(from),
    isExact: true,
    say: (came, expected) => `${name} takes ${came}, but ${from.is.join(' ')} ${expected}`,
  })
}

function resultMisfits(
  pair: VersionPair,
  { name, node, result, to, isExact }: TypedChange,
): readonly Misfit[] {
  return misfits(pair, {
    node,
    came: result,
    expected: to.type,
    ...comparedAs(to),
    isExact,
    isCompilers: !isExact,
    say: (came, expected) => `${name} returns ${came}, but ${to.is.join(' ')} ${expected}`,
  })
}

function comparedAs({
  alternative,
  without,
}: Holding): Pick<Expectation, 'alternative' | 'without'> {
  return { alternative, without: without && { came: new Set(), expected: without } }
}
