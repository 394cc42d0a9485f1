import type ts from 'typescript'
import { areClasses, isOfClass, isShape, membersOf, pathTo } from './type-members.ts'
import type { Types } from './typed-definition.ts'

/** The first place at which two types differ. */
export interface Difference {
  /** Such as `users[].name`; empty for the types themselves. */
  readonly path: string
  /** The actual type; undefined when the property is missing. */
  readonly came: string | undefined
  /** The expected type; undefined when there should be no such property. */
  readonly expected: string | undefined
}

/** Fields of two types that are ignored. */
export interface Without {
  readonly came: ReadonlySet<string>
  readonly expected: ReadonlySet<string>
}

/** A pair of types below another one. */
interface Part {
  readonly path: string
  readonly came: ts.Type | undefined
  readonly expected: ts.Type | undefined
  readonly isRequired: boolean
}

/** The depth to which types that contain themselves are followed. */
const MAX_DEPTH = 12

/** A field of one of two types, or of both. */
interface FieldPart extends Part {
  readonly name: string
  /** Whether a type may lack it. */
  readonly isOptional: boolean
}

/** Compares types of two versions. */
export class Comparison {
  readonly #types: Types
  readonly #at: ts.Node
  readonly #isExact: boolean
  /** Pairs that are being or have been compared. */
  readonly #seen = new Map<ts.Type, Set<ts.Type>>()
  /** How often instances of two classes had the same fields: of their methods the newer version has its own. */
  #ofClasses = 0
  /** Hidden differences in pairs that fit. */
  readonly #hidden = new Map<ts.Type, Map<ts.Type, Difference | undefined>>()

  /** @param isExact whether the types should be the same; else the one has to fit the other. */
  constructor(types: Types, at: ts.Node, isExact: boolean) {
    this.#types = types
    this.#at = at
    this.#isExact = isExact
  }

  /** The first difference; undefined when `came` is as expected. */
  difference(came: ts.Type, expected: ts.Type, path = '', depth = 0): Difference | undefined {
    if (came === expected) return undefined
    if (this.#isSeen(came, expected)) {
      // It holds what has been compared: the compiler may still refuse it for a class in there.
      if (this.#ofClasses > 0) this.#ofClasses++
      return undefined
    }
    // Assignability does not tell what an optional field loses, or `any` hides.
    if (!this.#isExact && this.#fits(came, expected)) {
      return this.hiddenAny(came, expected, path, depth)
    }
    const isAnyInOne = this.#isExact && this.#isAny(came) !== this.#isAny(expected)
    const before = this.#ofClasses
    if (areClasses(this.#types, came, expected)) this.#ofClasses++
    if (!isAnyInOne && depth < MAX_DEPTH) {
      for (const part of this.#parts(came, expected, path)) {
        const found = this.#within(part, depth + 1)
        if (found !== undefined) return found
      }
      // All parts fit: what the compiler would refuse is a method of a class.
      if (this.#ofClasses > before) return this.hiddenAny(came, expected, path, depth)
    }
    if (!isAnyInOne && this.#fits(came, expected)) {
      return this.hiddenAny(came, expected, path, depth)
    }
    return { path, came: this.#text(came), expected: this.#text(expected) }
  }

  /** The same for objects with some ignored fields. */
  differenceWithout(came: ts.Type, expected: ts.Type, without: Without): Difference | undefined {
    const ones = membersOf(came)
    const others = membersOf(expected)
    const between = (one: ts.Type, other: ts.Type): Difference | undefined => {
      return new Comparison(this.#types, this.#at, this.#isExact).#fieldsDiffer(one, other, without)
    }
    for (const one of ones) {
      const found = others.map((other) => between(one, other))
      if (found.every((each) => each !== undefined)) return found[0]
    }
    const isLeft = (other: ts.Type): boolean => {
      return ones.every((one) => between(one, other) !== undefined)
    }
    if (!this.#isExact || !others.some(isLeft)) return undefined
    return { path: '', came: this.#text(came), expected: this.#text(expected) }
  }

  #fieldsDiffer(came: ts.Type, expected: ts.Type, without: Without): Difference | undefined {
    if (!isShape(this.#types, came) || !isShape(this.#types, expected)) {
      return { path: '', came: this.#text(came), expected: this.#text(expected) }
    }
    const fields = this.#properties(came, expected, '').map((part) => ({
      ...part,
      came: without.came.has(part.name) ? undefined : part.came,
      expected: without.expected.has(part.name) ? undefined : part.expected,
    }))
    const left = fields.filter(({ name, came: one, expected: other, isOptional }) => {
      if (one === undefined) return other !== undefined
      // An ignored field may be present or not.
      return !(isOptional && without.expected.has(name))
    })
    for (const part of [...left, ...this.#indexes(came, expected, '')]) {
      const found = this.#within(part, 1)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The first `any` in types that fit: it fits any type and proves nothing. */
  hiddenAny(came: ts.Type, expected: ts.Type, path = '', depth = 0): Difference | undefined {
    if (came === expected || depth > MAX_DEPTH) return undefined
    if (this.#provesNothing(came, expected)) {
      return { path, came: this.#text(came), expected: this.#text(expected) }
    }
    const known = this.#hidden.get(came) ?? new Map<ts.Type, Difference | undefined>()
    this.#hidden.set(came, known)
    if (known.has(expected)) return known.get(expected)
    // Types that contain themselves hide nothing more there.
    known.set(expected, undefined)
    const found =
      this.#hiddenInUnion(came, expected, path, depth) ??
      this.#hiddenInParts(this.#parts(came, expected, path), depth)
    known.set(expected, found)
    return found
  }

  #hiddenInParts(parts: readonly Part[], depth: number): Difference | undefined {
    for (const { path, came, expected } of parts) {
      if (came === undefined || expected === undefined) continue
      const found = this.hiddenAny(came, expected, path, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Each member has to fit one of the others without hiding anything. */
  #hiddenInUnion(
    came: ts.Type,
    expected: ts.Type,
    path: string,
    depth: number,
  ): Difference | undefined {
    const ones = membersOf(came)
    const others = membersOf(expected)
    if (ones.length + others.length < 3) return undefined
    for (const one of ones) {
      const fitting = others.filter((other) => this.#fits(one, other))
      const found = fitting.map((other) => this.hiddenAny(one, other, path, depth + 1))
      if (found.length > 0 && found.every((each) => each !== undefined)) return found[0]
    }
    return undefined
  }

  #provesNothing(came: ts.Type, expected: ts.Type): boolean {
    const isOne = this.#isAny(came) && !this.#isAny(expected)
    if (this.#isExact) return isOne || (this.#isAny(expected) && !this.#isAny(came))
    return isOne && (expected.flags & this.#types.ts.TypeFlags.Unknown) === 0
  }

  #within({ path, came, expected, isRequired }: Part, depth: number): Difference | undefined {
    if (came !== undefined && expected !== undefined) {
      return this.difference(came, expected, path, depth)
    }
    const isWrong = this.#isExact || (came === undefined && isRequired)
    if (!isWrong) return undefined
    return { path, came: came && this.#text(came), expected: expected && this.#text(expected) }
  }

  #fits(came: ts.Type, expected: ts.Type): boolean {
    const { checker } = this.#types
    const fits = checker.isTypeAssignableTo(came, expected)
    return fits && (!this.#isExact || checker.isTypeAssignableTo(expected, came))
  }

  #parts(came: ts.Type, expected: ts.Type, path: string): readonly Part[] {
    const { checker } = this.#types
    const one = checker.getNonNullableType(came)
    const other = checker.getNonNullableType(expected)
    const inner = this.#arguments(one, other, path)
    if (inner !== undefined) return inner
    if (!isShape(this.#types, one) || !isShape(this.#types, other)) return []
    return [...this.#properties(one, other, path), ...this.#indexes(one, other, path)]
  }

  /** The type arguments of an Array, a Map and the like. */
  #arguments(came: ts.Type, expected: ts.Type, path: string): readonly Part[] | undefined {
    const { checker } = this.#types
    if (!this.#isReference(came) || !this.#isReference(expected)) return undefined
    if (came.target !== expected.target) return undefined
    const parameters = came.target.typeParameters ?? []
    const ones = checker.getTypeArguments(came)
    const others = checker.getTypeArguments(expected)
    return parameters.map((parameter, index) => {
      const name = checker.isTupleType(came) ? `[${index}]` : `<${parameter.symbol.name}>`
      const step = checker.isArrayType(came) ? '[]' : name
      return { path: path + step, came: ones[index], expected: others[index], isRequired: true }
    })
  }

  #properties(came: ts.Type, expected: ts.Type, path: string): readonly FieldPart[] {
    const { checker, ts } = this.#types
    const isNone = (name: string): boolean => {
      const wanted = checker.getPropertyOfType(expected, name)
      return isOfClass(this.#types, wanted ?? checker.getPropertyOfType(came, name))
    }
    const names = [...came.getProperties(), ...expected.getProperties()].map(({ name }) => name)
    return [...new Set(names)]
      .filter((name) => !isNone(name))
      .map((name) => {
        const given = checker.getPropertyOfType(came, name)
        const type = isOfClass(this.#types, given) ? undefined : this.#typeOf(given)
        const wanted = checker.getPropertyOfType(expected, name)
        return {
          name,
          path: pathTo(path, name),
          came: type,
          expected: this.#typeOf(wanted) ?? this.#indexFor(expected),
          isRequired: wanted !== undefined && !this.#has(wanted, ts.SymbolFlags.Optional),
          isOptional: type !== undefined && this.#mayBeUndefined(type),
        }
      })
  }

  /** The types of fields by index, if both types have such. */
  #indexes(came: ts.Type, expected: ts.Type, path: string): readonly Part[] {
    const { checker } = this.#types
    const others = checker.getIndexInfosOfType(expected)
    return checker.getIndexInfosOfType(came).flatMap(({ keyType, type }) => {
      const other = others.find((each) => each.keyType === keyType)
      if (other === undefined) return []
      const step = `[${this.#text(keyType)}]`
      return { path: path + step, came: type, expected: other.type, isRequired: false }
    })
  }

  /** The type by index of a type. A named field may fit it, unless the types should be the same. */
  #indexFor(type: ts.Type): ts.Type | undefined {
    if (this.#isExact) return undefined
    const { checker, ts } = this.#types
    return checker.getIndexTypeOfType(type, ts.IndexKind.String)
  }

  #typeOf(property: ts.Symbol | undefined): ts.Type | undefined {
    return property && this.#types.checker.getTypeOfSymbolAtLocation(property, this.#at)
  }

  #isReference(type: ts.Type): type is ts.TypeReference {
    const { ts } = this.#types
    if ((type.flags & ts.TypeFlags.Object) === 0) return false
    return ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0
  }

  #has(symbol: ts.Symbol, flags: ts.SymbolFlags): boolean {
    return (symbol.flags & flags) !== 0
  }

  #mayBeUndefined(type: ts.Type): boolean {
    return membersOf(type).some(({ flags }) => (flags & this.#types.ts.TypeFlags.Undefined) !== 0)
  }

  #isAny(type: ts.Type): boolean {
    return (type.flags & this.#types.ts.TypeFlags.Any) !== 0
  }

  #text(type: ts.Type): string {
    // The compiler calls an unknown type by its name.
    if (this.#isAny(type)) return 'any'
    return this.#types.checker.typeToString(type)
  }

  #isSeen(came: ts.Type, expected: ts.Type): boolean {
    const others = this.#seen.get(came) ?? new Set()
    this.#seen.set(came, others)
    if (others.has(expected)) return true
    others.add(expected)
    return false
  }
}
