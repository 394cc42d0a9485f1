import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe } from '../src/protocol/clone-bytes.ts'
import type { LoadContext, ProcessContext } from '../src/protocol/context.ts'
import type { Change } from '../src/protocol/definition.ts'
import { MoultError } from '../src/protocol/errors.ts'

/** A definition once its shape has been checked: the types the user saw are erased. */
export interface LooseDefinition {
  readonly version: string
  readonly init: (args: unknown, context: ProcessContext) => unknown
  readonly onLoad: ((context: LoadContext) => unknown) | undefined
  readonly calls: Readonly<Record<string, LooseHandler>>
  readonly casts: Readonly<Record<string, LooseHandler>>
  readonly codeChange: Readonly<Record<string, LooseChange | 'unchanged'>>
  readonly downgrade: Readonly<Record<string, LooseChange>>
  readonly schemas: LooseSchemas
  readonly upcast: Readonly<Record<string, LooseUpcasts>>
  readonly concurrency: number
}

/** A handler whose types are erased. */
export type LooseHandler = (state: unknown, payload: unknown, context: ProcessContext) => unknown
/** A migration whose types are erased. */
export type LooseChange = (state: unknown, change: Change) => unknown
/** A translation of a message whose types are erased. */
export type LooseUpcast = (payload: unknown) => unknown

/** Schemas whose types are erased. */
export interface LooseSchemas {
  readonly state?: StandardSchemaV1
  readonly calls?: Readonly<Record<string, LooseMessageSchemas>>
  readonly casts?: Readonly<Record<string, LooseMessageSchemas>>
}

/** Schemas of one message whose types are erased. */
export interface LooseMessageSchemas {
  readonly payload?: StandardSchemaV1
  readonly reply?: StandardSchemaV1
}

/** Translations of one older version's messages. */
export interface LooseUpcasts {
  readonly calls?: Readonly<Record<string, LooseUpcast>>
  readonly casts?: Readonly<Record<string, LooseUpcast>>
}

/** What a module exports by default, as a definition. @throws MoultError `NOT_A_DEFINITION` */
export function looseDefinition(exported: unknown): LooseDefinition {
  return checkDefinition(unwrapDefault(exported))
}

/** A CommonJS module compiled from `export default` arrives as `{ __esModule, default }`. */
function unwrapDefault(exported: unknown): unknown {
  if (!isRecord(exported) || !('__esModule' in exported)) return exported
  return exported['default']
}

const knownFields = new Set([
  'version',
  'init',
  'calls',
  'casts',
  'codeChange',
  'downgrade',
  'onLoad',
  'schemas',
  'upcast',
  'concurrency',
])

function checkDefinition(value: unknown): LooseDefinition {
  if (!isRecord(value)) refuse('the default export', 'a definition made by defineProcess()', value)
  const unknownField = Object.keys(value).find((field) => !knownFields.has(field))
  if (unknownField !== undefined) {
    refuse('the definition', `only the fields ${[...knownFields].join(', ')}`, unknownField)
  }
  const { version, init, calls = {}, casts = {}, codeChange = {}, downgrade = {} } = value
  const { onLoad, schemas = {}, upcast = {}, concurrency = 1 } = value
  if (typeof version !== 'string' || version === '')
    refuse('version', 'a non-empty string', version)
  if (typeof init !== 'function') refuse('init', 'a function', init)
  checkTable('calls', calls, isFunction, 'a function')
  checkTable('casts', casts, isFunction, 'a function')
  checkTable('codeChange', codeChange, isCodeChange, "a function or 'unchanged'")
  checkTable('downgrade', downgrade, isFunction, 'a function')
  if (!Number.isInteger(concurrency) || (concurrency as number) < 1) {
    refuse('concurrency', 'a whole number from 1', concurrency)
  }
  if (onLoad !== undefined && typeof onLoad !== 'function') refuse('onLoad', 'a function', onLoad)
  checkSchemas(schemas, calls, casts)
  checkUpcasts(upcast)
  checkDistinct(calls, casts)
  const functions = { init, onLoad, calls, casts, codeChange, downgrade }
  const checked = { version, ...functions, schemas, upcast, concurrency }
  return checked as unknown as LooseDefinition
}

function checkTable(
  field: string,
  table: unknown,
  isRight: (entry: unknown) => boolean,
  expected: string,
): asserts table is Record<string, unknown> {
  if (!isRecord(table)) refuse(field, 'an object', table)
  for (const [name, entry] of Object.entries(table)) {
    if (!isRight(entry)) refuse(`${field}[${JSON.stringify(name)}]`, expected, entry)
  }
}

function checkSchemas(schemas: unknown, calls: unknown, casts: unknown): void {
  checkFields('schemas', schemas, ['state', 'calls', 'casts'])
  const { state, calls: ofCalls = {}, casts: ofCasts = {} } = schemas
  if (state !== undefined && !isSchema(state)) refuse('schemas.state', 'a Standard Schema', state)
  checkMessageSchemas('schemas.calls', ofCalls, calls, ['payload', 'reply'])
  checkMessageSchemas('schemas.casts', ofCasts, casts, ['payload'])
}

function checkMessageSchemas(
  field: string,
  table: unknown,
  handlers: unknown,
  fields: readonly string[],
): void {
  checkTable(field, table, isRecord, 'an object')
  for (const [name, schemas] of Object.entries(table)) {
    const own = `${field}[${JSON.stringify(name)}]`
    if (!Object.hasOwn(handlers as object, name)) refuse(own, 'of a message that exists', name)
    checkFields(own, schemas, fields)
    checkTable(own, schemas, isSchema, 'a Standard Schema')
  }
}

function checkUpcasts(upcast: unknown): void {
  checkTable('upcast', upcast, isRecord, 'an object')
  for (const [from, translations] of Object.entries(upcast)) {
    const own = `upcast[${JSON.stringify(from)}]`
    checkFields(own, translations, ['calls', 'casts'])
    const { calls = {}, casts = {} } = translations
    checkTable(`${own}.calls`, calls, isFunction, 'a function')
    checkTable(`${own}.casts`, casts, isFunction, 'a function')
  }
}

function checkFields(
  field: string,
  value: unknown,
  known: readonly string[],
): asserts value is Record<string, unknown> {
  if (!isRecord(value)) refuse(field, 'an object', value)
  const unknownField = Object.keys(value).find((name) => !known.includes(name))
  if (unknownField !== undefined) refuse(field, `only the fields ${known.join(', ')}`, unknownField)
}

/** ArkType's schemas are functions. */
function isSchema(value: unknown): boolean {
  const isObject = typeof value === 'object' || typeof value === 'function'
  if (!isObject || value === null || !('~standard' in value)) return false
  const standard = value['~standard']
  return isRecord(standard) && typeof standard['validate'] === 'function'
}

/** One name is one message: a caller's `call` and `cast` must not mean two things. */
function checkDistinct(calls: Record<string, unknown>, casts: Record<string, unknown>): void {
  const both = Object.keys(calls).find((name) => Object.hasOwn(casts, name))
  if (both !== undefined) refuse('casts', `names that no call has`, both)
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isCodeChange(value: unknown): boolean {
  return typeof value === 'function' || value === 'unchanged'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(where: string, expected: string, value: unknown): never {
  const received = describe(value)
  throw new MoultError('NOT_A_DEFINITION', `${where} should be ${expected}, but is ${received}`, {
    path: where,
    expected,
    received,
  })
}
