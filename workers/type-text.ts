import type ts from 'typescript'
import type { Difference } from './type-difference.ts'
import type { Types } from './typed-definition.ts'

/** Two types in words. Where both have one name, as a state and the same state edited, their properties are spelled out. */
export function textsOf(types: Types, one: ts.Type, other: ts.Type): readonly [string, string] {
  const { checker } = types
  const texts = [checker.typeToString(one), checker.typeToString(other)] as const
  return texts[0] === texts[1] ? [spelledOut(types, one), spelledOut(types, other)] : texts
}

/** Where two types differ, to be put behind a sentence that names both. Empty where the sentence says it all. */
export function textOfDifference({ path, came, expected }: Difference): string {
  if (path === '') return ''
  if (came === undefined) return `: ${path} is missing`
  if (expected === undefined) return `: ${path} should not be there`
  return `: ${path} is ${came}, not ${expected}`
}

function spelledOut({ ts, checker }: Types, type: ts.Type): string {
  const properties = type.getProperties()
  const isShape = (type.flags & ts.TypeFlags.Object) !== 0 && properties.length > 0
  const isList = checker.isArrayType(type) || checker.isTupleType(type)
  if (!isShape || isList || type.getCallSignatures().length > 0) return checker.typeToString(type)
  const parts = properties.map((property) => {
    const mark = (property.flags & ts.SymbolFlags.Optional) !== 0 ? '?' : ''
    return `${property.name}${mark}: ${checker.typeToString(checker.getTypeOfSymbol(property))}; `
  })
  return `{ ${parts.join('')}}`
}
