import type ts from 'typescript'
import { binaryNames } from '../../src/protocol/jobs/state-shape.ts'
import type {
  BinaryName,
  FieldShape,
  Shape,
  StateShape,
} from '../../src/protocol/jobs/state-shape.ts'
import { tableOf, tablesOfType } from './typed-table.ts'

/** A generic type can grow for ever: below this depth the shape is any. */
const MAX_DEPTH = 24

/** The user's own TypeScript. */
type TypeScript = typeof ts

/** The shape of a state by its TypeScript type, read with its compiler and checker. */
export function shapeOfType(
  compiler: TypeScript,
  checker: ts.TypeChecker,
  type: ts.Type,
): StateShape {
  const reader = new TypeReader(compiler, checker)
  const root = reader.read(type, 0)
  const tables = [...tablesOfType({ ts: compiler, checker }, type).keys()]
  return { root, named: reader.named, ...(tables.length > 0 && { tables }) }
}

class TypeReader {
  readonly named: Record<string, Shape> = {}
  readonly #ts: TypeScript
  readonly #checker: ts.TypeChecker
  /** Types that are being read, with a name if one has been found within itself. */
  readonly #open = new Map<ts.Type, string | undefined>()

  constructor(compiler: TypeScript, checker: ts.TypeChecker) {
    this.#ts = compiler
    this.#checker = checker
  }

  read(type: ts.Type, depth: number): Shape {
    return this.#primitive(type) ?? this.#compound(type, depth)
  }

  /** The shape of a type without parts; undefined for others. */
  #primitive(type: ts.Type): Shape | undefined {
    const { TypeFlags } = this.#ts
    const is = (flags: ts.TypeFlags): boolean => (type.flags & flags) !== 0
    if (is(TypeFlags.Any | TypeFlags.Unknown | TypeFlags.NonPrimitive)) return { kind: 'any' }
    if (is(TypeFlags.Null)) return { kind: 'literal', value: null }
    if (is(TypeFlags.Undefined | TypeFlags.Void)) return { kind: 'literal', value: undefined }
    if (is(TypeFlags.Boolean)) return { kind: 'boolean' }
    if (is(TypeFlags.BooleanLiteral)) {
      return { kind: 'literal', value: this.#textOf(type) === 'true' }
    }
    if (type.isStringLiteral() || type.isNumberLiteral()) {
      return { kind: 'literal', value: type.value }
    }
    if (is(TypeFlags.BigIntLiteral)) return { kind: 'literal', value: bigintOf(type) }
    if (is(TypeFlags.TemplateLiteral)) return this.#template(type as ts.TemplateLiteralType)
    if (is(TypeFlags.StringLike) && !is(TypeFlags.Union)) return { kind: 'string' }
    if (is(TypeFlags.NumberLike) && !is(TypeFlags.Union)) return { kind: 'number' }
    if (is(TypeFlags.BigInt)) return { kind: 'bigint' }
    if (is(TypeFlags.Never | TypeFlags.ESSymbolLike)) return this.#none(type)
    return undefined
  }

  #compound(type: ts.Type, depth: number): Shape {
    if (depth > MAX_DEPTH) return { kind: 'any' }
    if (this.#open.has(type)) return this.#again(type)
    this.#open.set(type, undefined)
    const shape = this.#parts(type, (part) => this.read(part, depth + 1))
    const name = this.#open.get(type)
    this.#open.delete(type)
    if (name === undefined) return shape
    this.named[name] = shape
    return { kind: 'named', name }
  }

  /** The name of a type that was found within itself. */
  #again(type: ts.Type): Shape {
    const number = Object.keys(this.named).length + this.#open.size
    const name = this.#open.get(type) ?? `${this.#textOf(type)} #${number}`
    this.#open.set(type, name)
    return { kind: 'named', name }
  }

  #parts(type: ts.Type, read: Read): Shape {
    if (type.isUnion()) return { kind: 'union', options: type.types.map(read) }
    if (type.isIntersection()) return this.#intersection(type, read)
    if ((type.flags & this.#ts.TypeFlags.Object) !== 0) return this.#object(type, read)
    // A type parameter or the like: its constraint.
    const constraint = this.#checker.getBaseConstraintOfType(type)
    return constraint === undefined || constraint === type ? { kind: 'any' } : read(constraint)
  }

  /** A branded primitive is that primitive. */
  #intersection(type: ts.IntersectionType, read: Read): Shape {
    const { StringLike, NumberLike, BigIntLike, BooleanLike } = this.#ts.TypeFlags
    const likePrimitive = StringLike | NumberLike | BigIntLike | BooleanLike
    const primitive = type.types.find(({ flags }) => (flags & likePrimitive) !== 0)
    return primitive === undefined ? this.#fields(type, read) : read(primitive)
  }

  #object(type: ts.Type, read: Read): Shape {
    if (this.#checker.isTupleType(type)) return this.#tuple(type as ts.TupleTypeReference, read)
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#argumentsOf(type)
      return { kind: 'array', element: element ? read(element) : { kind: 'any' } }
    }
    return this.#builtIn(type, read) ?? this.#table(type, read) ?? this.#fields(type, read)
  }

  #table(type: ts.Type, read: Read): Shape | undefined {
    const table = tableOf({ ts: this.#ts, checker: this.#checker }, type)
    if (table === undefined) return undefined
    const key = read(table.key)
    return {
      kind: 'map',
      key: key.kind === 'any' ? { kind: 'string' } : key,
      value: read(table.value),
    }
  }

  #tuple(type: ts.TupleTypeReference, read: Read): Shape {
    const { elementFlags } = type.target
    const { ElementFlags } = this.#ts
    const shapes = this.#argumentsOf(type).map(read)
    const restAt = elementFlags.findIndex((flags) => (flags & ElementFlags.Variable) !== 0)
    const elements = restAt < 0 ? shapes : shapes.slice(0, restAt)
    const isRequired = (flags: ts.ElementFlags): boolean => (flags & ElementFlags.Required) !== 0
    const required = elementFlags.slice(0, elements.length).filter(isRequired).length
    const rest = restAt < 0 ? undefined : shapes[restAt]
    // Elements after a rest have no shape: such a tuple is a list of all its elements.
    if (rest !== undefined && restAt < shapes.length - 1) {
      return { kind: 'array', element: { kind: 'union', options: shapes } }
    }
    return { kind: 'tuple', elements, required, ...(rest !== undefined && { rest }) }
  }

  /** The shape of a built-in class that structured clone knows, or refuses. */
  #builtIn(type: ts.Type, read: Read): Shape | undefined {
    const { symbol } = type as { readonly symbol?: ts.Symbol }
    if (symbol === undefined || !isOfLibrary(symbol)) return undefined
    const [first, second] = this.#argumentsOf(type).map(read)
    const any: Shape = { kind: 'any' }
    const { name } = symbol
    if (isBinaryName(name)) return { kind: 'binary', of: name }
    switch (name) {
      case 'Map':
      case 'ReadonlyMap':
        return { kind: 'map', key: first ?? any, value: second ?? any }
      case 'Set':
      case 'ReadonlySet':
        return { kind: 'set', element: first ?? any }
      case 'Date':
        return { kind: 'date' }
      case 'RegExp':
        return { kind: 'regexp' }
      case 'Buffer':
        // Structured clone turns it into plain bytes.
        return { kind: 'binary', of: 'Uint8Array' }
      case 'ArrayBufferLike':
        return { kind: 'binary', of: 'ArrayBuffer' }
      case 'Object':
        return any
      default:
        return unclonable.has(name) ? this.#none(type) : undefined
    }
  }

  #fields(type: ts.Type, read: Read): Shape {
    if (type.getCallSignatures().length > 0) return this.#none(type)
    const fields = this.#checker
      .getPropertiesOfType(type)
      .filter((property) => this.#isData(property))
      .map((property) => this.#field(property, read))
    const [index] = this.#checker
      .getIndexInfosOfType(type)
      .filter(({ keyType }) => (keyType.flags & this.#ts.TypeFlags.ESSymbolLike) === 0)
    if (index === undefined) return { kind: 'object', fields }
    const isNumeric = (index.keyType.flags & this.#ts.TypeFlags.Number) !== 0
    const key: Shape = isNumeric ? numericKey : read(index.keyType)
    return { kind: 'object', fields, rest: { key, value: read(index.type) } }
  }

  /** Whether a property is data: a clone has no methods, accessors, `#private` fields and symbols. */
  #isData({ flags, escapedName }: ts.Symbol): boolean {
    const { Method, Accessor } = this.#ts.SymbolFlags
    return (flags & (Method | Accessor)) === 0 && !/^__[#@]/.test(escapedName as string)
  }

  #field(property: ts.Symbol, read: Read): FieldShape {
    const isOptional = (property.flags & this.#ts.SymbolFlags.Optional) !== 0
    const shape = read(this.#checker.getTypeOfSymbol(property))
    return {
      name: property.name,
      shape: isOptional ? withoutUndefined(shape) : shape,
      isOptional,
    }
  }

  #template({ texts, types }: ts.TemplateLiteralType): Shape {
    const { TypeFlags } = this.#ts
    const holes = types.map(({ flags }) => {
      if ((flags & TypeFlags.BigInt) !== 0) return '-?\\d+'
      return (flags & TypeFlags.Number) !== 0 ? '-?\\d+(?:\\.\\d+)?' : '[^]*'
    })
    const parts = texts.map((text, at) => escape(text) + (holes[at] ?? ''))
    return { kind: 'string', pattern: `^${parts.join('')}$` }
  }

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    const isReference = 'target' in type
    return isReference ? this.#checker.getTypeArguments(type as ts.TypeReference) : []
  }

  #none(type: ts.Type): Shape {
    return { kind: 'none', text: this.#textOf(type) }
  }

  #textOf(type: ts.Type): string {
    return this.#checker.typeToString(type)
  }
}

type Read = (type: ts.Type) => Shape

const numericKey: Shape = { kind: 'string', pattern: '^(?:0|[1-9]\\d{0,8})$' }

/** Classes that structured clone refuses or empties. */
const unclonable = new Set([
  ...['Function', 'Promise', 'PromiseLike', 'WeakMap', 'WeakSet', 'WeakRef', 'Proxy', 'Symbol'],
  ...['Generator', 'AsyncGenerator', 'Iterator', 'AsyncIterator', 'FinalizationRegistry'],
])

function isBinaryName(name: string): name is BinaryName {
  return (binaryNames as readonly string[]).includes(name)
}

/** Whether TypeScript's own library or Node's types declare it. */
function isOfLibrary(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) => {
    const { fileName } = declaration.getSourceFile()
    return /\/lib\.[\w.]+\.d\.ts$/.test(fileName) || fileName.includes('/@types/node/')
  })
}

/** The type of an optional field contains undefined, even with `exactOptionalPropertyTypes`. */
function withoutUndefined(shape: Shape): Shape {
  if (shape.kind !== 'union') return shape
  const options = shape.options.filter((each) => {
    return !(each.kind === 'literal' && each.value === undefined)
  })
  const [only] = options
  return options.length === 1 && only !== undefined ? only : { kind: 'union', options }
}

function bigintOf(type: ts.Type): bigint {
  const { negative, base10Value } = (type as ts.BigIntLiteralType).value
  return BigInt(`${negative ? '-' : ''}${base10Value}`)
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
