import type ts from 'typescript'
import type { Difference, Without } from './type-difference.ts'
import type { Types } from './typed-definition.ts'

/** Two types as texts. If both have one name, or only some fields count, their properties are listed. */
export function textsOf(
  types: Types,
  one: ts.Type,
  other: ts.Type,
  without?: Without,
): readonly [string, string] {
  const { checker } = types
  if (without !== undefined) {
    return [spelledOut(types, one, without.came), spelledOut(types, other, without.expected)]
  }
  const texts = [checker.typeToString(one), checker.typeToString(other)] as const
  return texts[0] === texts[1] ? [spelledOut(types, one), spelledOut(types, other)] : texts
}

/** The difference of two types, to follow a sentence that names both. Empty if the sentence says it all. */
export function textOfDifference({ path, came, expected }: Difference): string {
  if (path === '') return ''
  if (came === undefined) return `: ${path} is missing`
  if (expected === undefined) return `: ${path} should not be there`
  return `: ${path} is ${came}, not ${expected}`
}

function spelledOut(
  { ts, checker }: Types,
  type: ts.Type,
  without: ReadonlySet<string> = new Set(),
): string {
  const properties = type.getProperties().filter(({ name }) => !without.has(name))
  const isShape = (type.flags & ts.TypeFlags.Object) !== 0 && type.getProperties().length > 0
  const isList = checker.isArrayType(type) || checker.isTupleType(type)
  if (!isShape || isList || type.getCallSignatures().length > 0) return checker.typeToString(type)
  const parts = properties.map((property) => {
    const mark = (property.flags & ts.SymbolFlags.Optional) !== 0 ? '?' : ''
    return `${property.name}${mark}: ${checker.typeToString(checker.getTypeOfSymbol(property))}; `
  })
  return parts.length === 0 ? '{}' : `{ ${parts.join('')}}`
}
