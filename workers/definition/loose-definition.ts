import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { CheckpointRule } from '../../src/protocol/definition/checkpoint-rule.ts'
import type { LoadContext, ProcessContext } from '../../src/protocol/definition/context.ts'
import type { OnHandlerTimeout } from '../../src/protocol/definition/contract.ts'
import { declarationFault } from '../../src/protocol/bytes/declaration-fault.ts'
import type { DeclaredClass, LooseCodec } from '../../src/protocol/bytes/declared.ts'
import { checkEntries, checkFields, isFunction, isRecord, refuse } from './field-check.ts'
import { checkSteps } from './loose-step.ts'
import type { LooseChange, LooseRecordStep } from './loose-step.ts'

/** A definition whose shape has been checked, without its types. */
export interface LooseDefinition {
  readonly version: string
  readonly init: (args: unknown, context: ProcessContext) => unknown
  readonly live: LooseLive | undefined
  readonly onLoad: ((context: LoadContext) => unknown) | undefined
  readonly calls: Readonly<Record<string, LooseHandler>>
  readonly casts: Readonly<Record<string, LooseHandler>>
  /** What the data of its events has to be. */
  readonly emits: Readonly<Record<string, StandardSchemaV1>>
  readonly codeChange: Readonly<Record<string, LooseChange | LooseRecordStep | 'unchanged'>>
  readonly downgrade: Readonly<Record<string, LooseChange | LooseRecordStep | 'unchanged'>>
  /** How tables are made in this version, by the names of their fields. */
  readonly tables: Readonly<Record<string, () => unknown>>
  readonly classes: Readonly<Record<string, DeclaredClass>>
  readonly codecs: Readonly<Record<string, LooseCodec>>
  readonly schemas: LooseSchemas
  readonly upcast: Readonly<Record<string, LooseUpcasts>>
  readonly concurrency: number
  /** Names of calls. */
  readonly resumable: readonly string[]
  readonly checkpoint: CheckpointRule | undefined
  readonly handlerTimeoutMs: number | undefined
  readonly onHandlerTimeout: OnHandlerTimeout | undefined
  /** Names of calls and casts. */
  readonly replayable: readonly string[]
}

/** What is opened beside a state, without its types. */
export interface LooseLive {
  readonly open: (state: unknown, context: ProcessContext) => unknown
  readonly save?: (state: unknown, live: unknown) => unknown
  readonly close?: (live: unknown) => unknown
  readonly exclusive?: boolean
}

/** A handler without its types. */
export type LooseHandler = (state: unknown, payload: unknown, context: ProcessContext) => unknown
/** A translation of a message, without its types. */
export type LooseUpcast = (payload: unknown) => unknown

/** Schemas without their types. */
export interface LooseSchemas {
  readonly state?: StandardSchemaV1
  readonly tables?: Readonly<Record<string, StandardSchemaV1>>
  readonly calls?: Readonly<Record<string, LooseMessageSchemas>>
  readonly casts?: Readonly<Record<string, LooseMessageSchemas>>
}

/** Schemas of one message, without their types. */
export interface LooseMessageSchemas {
  readonly payload?: StandardSchemaV1
  readonly reply?: StandardSchemaV1
}

/** Translations of one older version's messages. */
export interface LooseUpcasts {
  readonly calls?: Readonly<Record<string, LooseUpcast>>
  readonly casts?: Readonly<Record<string, LooseUpcast>>
}

/** The default export of a module, as a definition. @throws MoultError `NOT_A_DEFINITION` */
export function looseDefinition(exported: unknown): LooseDefinition {
  return checkDefinition(unwrapDefault(exported))
}

/** A CommonJS module compiled from `export default` arrives as `{ __esModule, default }`. */
function unwrapDefault(exported: unknown): unknown {
  if (!isRecord(exported) || !('__esModule' in exported)) return exported
  return exported['default']
}

const knownFields: readonly string[] = [
  'version',
  'init',
  'live',
  'calls',
  'casts',
  'emits',
  'codeChange',
  'downgrade',
  'tables',
  'classes',
  'codecs',
  'onLoad',
  'schemas',
  'upcast',
  'concurrency',
  'resumable',
  'checkpoint',
  'handlerTimeoutMs',
  'onHandlerTimeout',
  'replayable',
]

function checkDefinition(value: unknown): LooseDefinition {
  if (!isRecord(value)) refuse('the default export', 'a definition made by defineProcess()', value)
  checkFields('the definition', value, knownFields)
  const { version, init, calls = {}, casts = {}, codeChange = {}, downgrade = {} } = value
  const { live, emits = {}, onLoad, tables = {}, schemas = {}, upcast = {} } = value
  const { concurrency = 1, resumable = [], classes = {}, codecs = {} } = value
  const { checkpoint, replayable = [] } = value
  if (typeof version !== 'string' || version === '')
    refuse('version', 'a non-empty string', version)
  if (typeof init !== 'function') refuse('init', 'a function', init)
  checkLive(live)
  checkEntries('calls', calls, isFunction, 'a function')
  checkEntries('casts', casts, isFunction, 'a function')
  checkEntries('emits', emits, isSchema, 'an event() or a Standard Schema')
  checkSteps('codeChange', codeChange)
  checkSteps('downgrade', downgrade)
  checkEntries('tables', tables, isFunction, 'a function')
  const fault = declarationFault(classes, codecs)
  if (fault !== undefined) refuse(fault.path, fault.expected, fault.received)
  if (!Number.isInteger(concurrency) || (concurrency as number) < 1) {
    refuse('concurrency', 'a whole number from 1', concurrency)
  }
  if (onLoad !== undefined && typeof onLoad !== 'function') refuse('onLoad', 'a function', onLoad)
  checkNames('resumable', resumable, [calls], 'a call')
  checkNames('replayable', replayable, [calls, casts], 'a call or cast')
  checkRule(checkpoint)
  const handlers = checkHandlerLimit(value)
  checkSchemas(schemas, calls, casts)
  checkUpcasts(upcast)
  checkDistinct(calls, casts)
  const functions = { init, live, onLoad, calls, casts, codeChange, downgrade }
  const declared = { emits, tables, classes, codecs, schemas, upcast, concurrency, resumable }
  const checked = { version, ...functions, ...declared, ...handlers, checkpoint, replayable }
  return checked as unknown as LooseDefinition
}

function checkLive(live: unknown): void {
  if (live === undefined) return
  checkFields('live', live, ['open', 'save', 'close', 'exclusive'])
  const { open, save, close, exclusive } = live
  if (!isFunction(open)) refuse('live.open', 'a function', open)
  if (save !== undefined && !isFunction(save)) refuse('live.save', 'a function', save)
  if (close !== undefined && !isFunction(close)) refuse('live.close', 'a function', close)
  if (exclusive !== undefined && typeof exclusive !== 'boolean')
    refuse('live.exclusive', 'true or false', exclusive)
}

function checkHandlerLimit({
  handlerTimeoutMs,
  onHandlerTimeout,
}: Record<string, unknown>): object {
  const isTime = typeof handlerTimeoutMs === 'number' && handlerTimeoutMs >= 0
  if (handlerTimeoutMs !== undefined && !isTime)
    refuse('handlerTimeoutMs', 'a time in ms, of at least 0', handlerTimeoutMs)
  if (![undefined, 'tell', 'kill'].includes(onHandlerTimeout as undefined))
    refuse('onHandlerTimeout', "'tell' or 'kill'", onHandlerTimeout)
  return { handlerTimeoutMs, onHandlerTimeout }
}

/** @param what which names it lists, in the singular */
function checkNames(field: string, names: unknown, of: readonly object[], what: string): void {
  if (!Array.isArray(names)) {
    const many = what === 'a call' ? 'calls' : 'calls and casts'
    refuse(field, `an array of names of ${many}`, names)
  }
  for (const [at, name] of names.entries()) {
    const isOne = typeof name === 'string' && of.some((each) => Object.hasOwn(each, name))
    if (!isOne) refuse(`${field}[${at}]`, `the name of ${what}`, name)
  }
}

function checkRule(rule: unknown): void {
  if (rule === undefined) return
  checkFields('checkpoint', rule, ['everyMessages', 'everyMs', 'log'])
  const { everyMessages, everyMs, log } = rule
  if (everyMessages === undefined && everyMs === undefined)
    refuse('checkpoint', 'an object with everyMessages, everyMs or both', rule)
  checkCount('checkpoint.everyMessages', everyMessages)
  checkCount('checkpoint.everyMs', everyMs)
  checkCount('checkpoint.log', log)
}

function checkCount(field: string, value: unknown): void {
  if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1))
    refuse(field, 'a whole number of at least 1', value)
}

function checkSchemas(schemas: unknown, calls: unknown, casts: unknown): void {
  checkFields('schemas', schemas, ['state', 'tables', 'calls', 'casts'])
  const { state, tables = {}, calls: ofCalls = {}, casts: ofCasts = {} } = schemas
  if (state !== undefined && !isSchema(state)) refuse('schemas.state', 'a Standard Schema', state)
  checkEntries('schemas.tables', tables, isSchema, 'a Standard Schema')
  checkMessageSchemas('schemas.calls', ofCalls, calls, ['payload', 'reply'])
  checkMessageSchemas('schemas.casts', ofCasts, casts, ['payload'])
}

function checkMessageSchemas(
  field: string,
  table: unknown,
  handlers: unknown,
  fields: readonly string[],
): void {
  checkEntries(field, table, isRecord, 'an object')
  for (const [name, schemas] of Object.entries(table)) {
    const own = `${field}[${JSON.stringify(name)}]`
    if (!Object.hasOwn(handlers as object, name)) refuse(own, 'of a message that exists', name)
    checkFields(own, schemas, fields)
    checkEntries(own, schemas, isSchema, 'a Standard Schema')
  }
}

function checkUpcasts(upcast: unknown): void {
  checkEntries('upcast', upcast, isRecord, 'an object')
  for (const [from, translations] of Object.entries(upcast)) {
    const own = `upcast[${JSON.stringify(from)}]`
    checkFields(own, translations, ['calls', 'casts'])
    const { calls = {}, casts = {} } = translations
    checkEntries(`${own}.calls`, calls, isFunction, 'a function')
    checkEntries(`${own}.casts`, casts, isFunction, 'a function')
  }
}

/** ArkType's schemas are functions. */
function isSchema(value: unknown): boolean {
  const isObject = typeof value === 'object' || typeof value === 'function'
  if (!isObject || value === null || !('~standard' in value)) return false
  const standard = value['~standard']
  return isRecord(standard) && typeof standard['validate'] === 'function'
}

/** Refuses a name that is both a call and a cast. */
function checkDistinct(calls: Record<string, unknown>, casts: Record<string, unknown>): void {
  const both = Object.keys(calls).find((name) => Object.hasOwn(casts, name))
  if (both !== undefined) refuse('casts', `names that no call has`, both)
}
