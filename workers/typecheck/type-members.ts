import type ts from 'typescript'
import type { Types } from './typed-definition.ts'

/** The options of a union, or the type alone. */
export function membersOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type]
}

/** The path to a field of the value at a path. */
export function pathTo(path: string, name: string): string {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
    return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}

/** Whether a type is compared by its properties: not a Date, a function or a union. */
export function isShape({ ts }: Types, type: ts.Type): boolean {
  const { symbol } = type as { readonly symbol?: ts.Symbol }
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return false
  if (type.getCallSignatures().length > 0) return false
  // A type that is also a value is a class: `interface Date` and `declare var Date`.
  const isClass = symbol && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Variable)) !== 0
  return !isClass || !symbol.declarations?.every((each) => each.getSourceFile().isDeclarationFile)
}

/** Whether a property is a method or an accessor of a class, which is no field of its instances. */
export function isOfClass({ ts }: Types, property: ts.Symbol | undefined): boolean {
  if (property === undefined) return false
  const { flags, declarations = [] } = property
  if ((flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) === 0) return false
  return declarations.every(({ parent }) => ts.isClassLike(parent))
}

/** Whether both are instances of classes of the user's, of which only the fields are compared. */
export function areClasses(types: Types, came: ts.Type, expected: ts.Type): boolean {
  return isOwnClass(types, came) && isOwnClass(types, expected)
}

function isOwnClass(types: Types, type: ts.Type): boolean {
  const { symbol } = type as { readonly symbol?: ts.Symbol }
  const isClass = symbol !== undefined && (symbol.flags & types.ts.SymbolFlags.Class) !== 0
  return isClass && isShape(types, type)
}
