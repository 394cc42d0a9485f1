import type ts from 'typescript'
import { textOfDifference, textsOf } from './type-text.ts'
import { Comparison } from './type-difference.ts'
import type { TypedDefinition, Types } from './typed-definition.ts'

/** Two definitions whose types are compared, with their labels. */
export interface VersionPair extends Types {
  readonly older: TypedDefinition
  readonly newer: TypedDefinition
  readonly from: string
  readonly to: string
  /** Whether all that the older definition's types are made of is known; what is not is `any`, and nobody wrote that. */
  readonly isOlderWhole: boolean
}

/** Something that does not fit, at a node of the newer version. */
export interface Misfit {
  readonly node: ts.Node
  readonly message: string
  /** Whether the compiler says the same of itself in many cases; then its words are kept, for they are more precise. */
  readonly isCompilers: boolean
}

/** Two types that should fit, and how to say that they do not. */
export interface Expectation {
  readonly node: ts.Node
  readonly came: ts.Type
  readonly expected: ts.Type
  /** Whether they should be the same. */
  readonly isExact: boolean
  readonly isCompilers?: boolean
  /** The sentence, of both types in words. */
  readonly say: (came: string, expected: string) => string
}

/** Empty when `came` is as expected. */
export function misfits(types: Types, expectation: Expectation): readonly Misfit[] {
  const { node, came, expected, isExact, isCompilers = false, say } = expectation
  const difference = new Comparison(types, node, isExact).difference(came, expected)
  if (difference === undefined) return []
  const message = say(...textsOf(types, came, expected)) + textOfDifference(difference)
  return [{ node, message, isCompilers }]
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
