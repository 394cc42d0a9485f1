import type ts from 'typescript'
import { textOfDifference, textsOf } from './type-text.ts'
import { Comparison } from './type-difference.ts'
import type { Difference, Without } from './type-difference.ts'
import type { TypedDefinition, Types } from './typed-definition.ts'

/** Two definitions whose types are compared, with their labels. */
export interface VersionPair extends Types {
  readonly older: TypedDefinition
  readonly newer: TypedDefinition
  readonly from: string
  readonly to: string
  /** Whether all types in the older definition are known. The compiler makes unknown ones `any`. */
  readonly isOlderWhole: boolean
}

/** Something that does not fit, at a node of the newer version. */
export interface Misfit {
  readonly node: ts.Node
  readonly message: string
  /** Whether the compiler often reports the same. Then its more precise message is kept. */
  readonly isCompilers: boolean
}

/** Two types that should fit, and how to say that they do not. */
export interface Expectation {
  readonly node: ts.Node
  readonly came: ts.Type
  readonly expected: ts.Type
  /** Another type that would also do. The expected one fits it. */
  readonly alternative?: ts.Type | undefined
  /** Fields that are not compared. */
  readonly without?: Without | undefined
  /** Whether they should be the same. */
  readonly isExact: boolean
  readonly isCompilers?: boolean
  /** Makes the message of the texts of both types. */
  readonly say: (came: string, expected: string) => string
}

/** The misfits; none when `came` is as expected. */
export function misfits(types: Types, expectation: Expectation): readonly Misfit[] {
  const { node, came, expected, without, isCompilers = false, say } = expectation
  const difference = differenceOf(types, expectation)
  if (difference === undefined) return []
  const message = say(...textsOf(types, came, expected, without)) + textOfDifference(difference)
  return [{ node, message, isCompilers }]
}

function differenceOf(types: Types, expectation: Expectation): Difference | undefined {
  const { node, came, expected, alternative = expected, without, isExact } = expectation
  const comparison = new Comparison(types, node, isExact)
  if (without !== undefined) return comparison.differenceWithout(came, expected, without)
  const found = comparison.difference(came, expected)
  if (found === undefined || alternative === expected) return found
  const compare = (one: ts.Type, other: ts.Type, exactly: boolean): Difference | undefined =>
    new Comparison(types, node, exactly).difference(one, other)
  const other = compare(came, alternative, isExact)
  if (other === undefined || !isExact) return other
  // A type with some parts of the one and some of the other lies between the two.
  const above = compare(came, alternative, false)
  if (above !== undefined) return above
  const below = compare(expected, came, false)
  if (below !== undefined) return { ...below, came: below.expected, expected: below.came }
  return found.came === undefined || found.expected === undefined ? found : undefined
}

/** The node that declares a property, for a message to point to. */
export function nodeOf(
  { checker }: Types,
  type: ts.Type,
  name: string,
  otherwise: ts.Node,
): ts.Node {
  return checker.getPropertyOfType(type, name)?.valueDeclaration ?? otherwise
}
