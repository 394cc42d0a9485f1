import type { Shape, StateShape } from '../../src/protocol/jobs/state-shape.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The shape that a JSON Schema (drafts 7 to 2020-12) describes. A keyword without a shape, such as `not`, is ignored:
 * the schema itself refuses values that do not fit.
 * @param prefix of its names, to tell them from those of other schemas
 */
export function shapeOfJsonSchema(schema: unknown, prefix = ''): StateShape {
  const reader = new JsonSchemaReader(schema, prefix)
  return { root: reader.read(schema), named: reader.named }
}

class JsonSchemaReader {
  readonly named: Record<string, Shape> = {}
  readonly #root: unknown
  readonly #prefix: string

  constructor(root: unknown, prefix: string) {
    this.#root = root
    this.#prefix = prefix
  }

  read(given: unknown): Shape {
    if (given === false) return { kind: 'none', text: 'false' }
    if (!isRecord(given)) return { kind: 'any' }
    if (typeof given['$ref'] === 'string') return this.#refer(given['$ref'])
    const schema = this.#withAll(given)
    if ('const' in schema) return literal(schema['const'])
    if (Array.isArray(schema['enum'])) return union(schema['enum'].map(literal))
    const choice = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(choice))
      return union(choice.map((each) => this.read(this.#and(schema, each))))
    const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type'] ?? guess(schema)]
    return union(types.map((type) => this.#ofType(type, schema)))
  }

  /** Merges the schemas of `allOf`. The last one wins where two say the same keyword. */
  #withAll(schema: JsonSchema): JsonSchema {
    const { allOf, ...own } = schema
    if (!Array.isArray(allOf)) return schema
    return allOf.reduce<JsonSchema>((sum, each) => this.#and(sum, each), own)
  }

  #and(schema: JsonSchema, given: unknown): JsonSchema {
    const choices = ['anyOf', 'oneOf']
    const one = Object.fromEntries(Object.entries(schema).filter(([key]) => !choices.includes(key)))
    if (!isRecord(given)) return one
    const other = this.#withAll(this.#target(given))
    const [required, others] = [one['required'], other['required']].map(listOf)
    const properties = { ...record(one['properties']), ...record(other['properties']) }
    return {
      ...one,
      ...other,
      ...(Object.keys(properties).length > 0 && { properties }),
      required: [...(required ?? []), ...(others ?? [])],
    }
  }

  #target(schema: JsonSchema): JsonSchema {
    const { $ref } = schema
    if (typeof $ref !== 'string') return schema
    const target = this.#at($ref)
    return isRecord(target) ? target : {}
  }

  #refer(pointer: string): Shape {
    const name = this.#prefix + pointer
    if (!(name in this.named)) {
      // The name is registered first: the schema may contain itself.
      this.named[name] = { kind: 'any' }
      this.named[name] = this.read(this.#at(pointer))
    }
    return { kind: 'named', name }
  }

  #at(pointer: string): unknown {
    if (!pointer.startsWith('#')) return true
    return pointer
      .slice(1)
      .split('/')
      .filter((step) => step !== '')
      .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((value, step) => (value as JsonSchema | undefined)?.[step], this.#root)
  }

  #ofType(type: unknown, schema: JsonSchema): Shape {
    switch (type) {
      case 'null':
        return { kind: 'literal', value: null }
      case 'boolean':
        return { kind: 'boolean' }
      case 'integer':
      case 'number':
        return numberOf(type, schema)
      case 'string':
        return stringOf(schema)
      case 'array':
        return this.#array(schema)
      case 'object':
        return this.#object(schema)
      default:
        return { kind: 'any' }
    }
  }

  #array(schema: JsonSchema): Shape {
    const places = schema['prefixItems'] ?? schema['items']
    const minLength = numeric(schema['minItems'])
    const maxLength = numeric(schema['maxItems'])
    if (!Array.isArray(places)) {
      const element = this.read(schema['items'])
      return { kind: 'array', element, ...bounds({ minLength, maxLength }) }
    }
    const rest = 'prefixItems' in schema ? schema['items'] : schema['additionalItems']
    const elements = places.map((each) => this.read(each))
    // By the letter elements may be missing without a bound; that is hardly ever meant.
    const required = Math.min(minLength ?? elements.length, elements.length)
    const isOpen = isRecord(rest) && (maxLength ?? Infinity) > elements.length
    return { kind: 'tuple', elements, required, ...(isOpen && { rest: this.read(rest) }) }
  }

  #object(schema: JsonSchema): Shape {
    const required = listOf(schema['required'])
    const fields = Object.entries(record(schema['properties'])).map(([name, each]) => ({
      name,
      shape: this.read(each),
      isOptional: !required.includes(name),
    }))
    const { additionalProperties: others, propertyNames } = schema
    if (!isRecord(others)) return { kind: 'object', fields }
    const key = isRecord(propertyNames) ? this.read({ type: 'string', ...propertyNames }) : text
    return { kind: 'object', fields, rest: { key, value: this.read(others) } }
  }
}

const text: Shape = { kind: 'string' }

function literal(value: unknown): Shape {
  const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
  return isPlain ? { kind: 'literal', value: value as string } : { kind: 'any' }
}

function union(options: readonly Shape[]): Shape {
  const [only] = options
  return options.length === 1 && only !== undefined ? only : { kind: 'union', options }
}

/** The likely type of a schema without a type. */
function guess(schema: JsonSchema): string | undefined {
  if ('properties' in schema || isRecord(schema['additionalProperties'])) return 'object'
  return 'items' in schema || 'prefixItems' in schema ? 'array' : undefined
}

function numberOf(type: 'integer' | 'number', schema: JsonSchema): Shape {
  const isInteger = type === 'integer' || schema['multipleOf'] === 1
  const nextTo = (bound: unknown, sign: number): number | undefined => {
    const beyond = numeric(bound)
    // Any nearby fraction will do: the schema decides.
    return beyond === undefined ? undefined : beyond + sign * (isInteger ? 1 : 1e-6)
  }
  const min = numeric(schema['minimum']) ?? nextTo(schema['exclusiveMinimum'], 1)
  const max = numeric(schema['maximum']) ?? nextTo(schema['exclusiveMaximum'], -1)
  return { kind: 'number', isFinite: true, isInteger, ...bounds({ min, max }) }
}

function stringOf(schema: JsonSchema): Shape {
  const { pattern, format } = schema
  const minLength = numeric(schema['minLength'])
  const maxLength = numeric(schema['maxLength'])
  return {
    kind: 'string',
    ...bounds({ minLength, maxLength }),
    ...(typeof format === 'string' && { format }),
    ...(typeof pattern === 'string' && isPattern(pattern) && { pattern }),
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== ''
  } catch {
    return false
  }
}

function bounds<Name extends string>(
  given: Readonly<Record<Name, number | undefined>>,
): Partial<Record<Name, number>> {
  const known = Object.entries(given).filter(([, bound]) => bound !== undefined)
  return Object.fromEntries(known) as Partial<Record<Name, number>>
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

function record(value: unknown): JsonSchema {
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
