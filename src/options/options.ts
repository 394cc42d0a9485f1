import path from 'node:path'
import * as v from 'valibot'
import type { Undrifted } from './option-drift.ts'
import { describe } from '../protocol/bytes/clone-bytes.ts'
import { MoultError } from '../protocol/errors.ts'
import { hintOf } from '../protocol/nearest-name.ts'
import { functionsOf, isLendableName, isPlainObject } from './lendable.ts'
import { bare, ownFields } from './own-fields.ts'

/** What Valibot expects in place of an unknown key. */
const UNKNOWN = 'never'

// The message of each schema is what it expects: an error says `NAME should be …`.

const anyFunction = v.function('a function')
const flag = v.boolean('true or false')
const ms = numberFrom(0, 'a time in ms, of at least 0')
const megabytes = numberFrom(0, 'a number of at least 0')
const count = wholeNumber(1)
const signal = v.instance(AbortSignal, 'an AbortSignal')
const name = text('a name')

function numberFrom(least: number, expected: string) {
  return v.message(v.pipe(v.number(), v.minValue(least)), expected)
}

function wholeNumber(least: number, expected = `a whole number of at least ${least}`) {
  return v.message(v.pipe(v.number(), v.integer(), v.minValue(least)), expected)
}

function text(what: string) {
  return v.message(v.pipe(v.string(), v.minLength(1)), `${what} of at least one character`)
}

function oneOf<const Values extends readonly string[]>(...values: Values) {
  const quoted = values.map((value) => `'${value}'`)
  return v.picklist(values, `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`)
}

/** An object of options; unknown ones are refused. */
function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  const all = withoutPrototypes(
    v.strictObject(bare(entries), ({ expected, path: steps }) => {
      if (expected === UNKNOWN) return Object.keys(entries).join(', ')
      // Without an unknown key, an option is missing.
      const option = entries[String(steps?.[0].key)] as v.GenericSchema
      return v.safeParse(option, undefined).issues?.[0].message ?? 'given'
    }),
  )
  return v.pipe(v.custom<v.InferInput<typeof all>>(isObject, 'an object'), all)
}

/** Valibot looks for options in prototypes too, and a program may have added anything to that of all objects. */
function withoutPrototypes<Schema extends v.GenericSchema<object, object>>(schema: Schema): Schema {
  return {
    ...schema,
    '~run': (dataset: { value: object }, config: v.Config<v.BaseIssue<unknown>>) => {
      dataset.value = ownFields(dataset.value)
      const result = schema['~run'](dataset, config)
      if (result.typed) result.value = ownFields(result.value)
      return result
    },
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Each is judged by its own name and value. Valibot's record passes over some names. */
const services = v.pipe(
  v.custom<object>(isPlainObject, 'an object of services by their names'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const input = dataset.value as Record<string, unknown>
    for (const key of Object.keys(input)) {
      const value = input[key]
      const message = unlendable(key, value)
      if (message === undefined) continue
      addIssue({ message, path: [{ type: 'object', origin: 'value', input, key, value }] })
    }
  }),
)

/** What a service should be that is none. Values that are data need not stay on main. */
function unlendable(key: string, value: unknown): string | undefined {
  if (!isLendableName(key)) return 'lent under another name'
  if (typeof value === 'function') return undefined
  if (typeof value !== 'object' || value === null) return 'an object or a function'
  return functionsOf(value) === undefined ? 'an object with functions, or a function' : undefined
}

/** Options of `createRuntime`. */
export const runtimeSchema = object({
  services: v.optional(services),
  logger: v.optional(
    v.pipe(
      v.custom<object>(isObject, 'an object with debug, info, warn and error'),
      v.object(
        bare({ debug: anyFunction, info: anyFunction, warn: anyFunction, error: anyFunction }),
        'a function',
      ),
    ),
  ),
  maxIsolates: v.optional(count, 1024),
  warmSpares: v.optional(wholeNumber(0), 1),
  store: v.optional(
    object({
      directory: v.pipe(
        text('the path of a folder,'),
        v.transform((folder) => path.resolve(folder)),
      ),
    }),
  ),
  resourceLimits: v.optional(
    object({
      maxOldGenerationSizeMb: v.optional(megabytes),
      maxYoungGenerationSizeMb: v.optional(megabytes),
      codeRangeSizeMb: v.optional(megabytes),
      stackSizeMb: v.optional(megabytes),
    }),
  ),
  loadTimeoutMs: v.optional(ms, 30_000),
  initTimeoutMs: v.optional(ms, 30_000),
  exitGraceMs: v.optional(ms, 2_000),
  onUnhandled: v.optional(oneOf('continue', 'exit'), 'continue'),
  faultPoint: v.optional(anyFunction),
})

/** Options of `runtime.load`. */
export const loadSchema = object({
  name: v.optional(name),
  external: v.optional(v.array(text('a package name'), 'an array of package names')),
  isolates: v.optional(
    v.lazy((value) =>
      value === 'per-process'
        ? v.literal(value)
        : wholeNumber(1, "'per-process' or a whole number of at least 1"),
    ),
  ),
})

const mailbox = v.pipe(
  object({
    capacity: v.optional(
      v.lazy((value) =>
        value === Infinity
          ? v.literal(value)
          : wholeNumber(1, 'a whole number of at least 1, or Infinity'),
      ),
      Infinity,
    ),
    overflow: v.optional(oneOf('reject', 'drop-oldest', 'drop-newest'), 'reject'),
  }),
  v.forward(
    v.check(
      ({ capacity, overflow }) => overflow !== 'drop-oldest' || capacity >= 2,
      'at least 2 where the oldest is dropped',
    ),
    ['capacity'],
  ),
)

const restart = object({
  policy: v.optional(oneOf('transient', 'temporary'), 'transient'),
  maxRestarts: v.optional(wholeNumber(0), 3),
  withinMs: v.optional(ms, 5_000),
})

/** Options of `code.spawn`. */
export const spawnSchema = object({
  name: v.optional(name),
  version: v.optional(text('the label of a version,')),
  args: v.optional(v.any()),
  mailbox: v.optional(mailbox, {}),
  restart: v.optional(restart, {}),
})

/** Options of a single message. */
export const callSchema = object({
  timeoutMs: v.optional(ms),
  signal: v.optional(signal),
  transfer: v.optional(v.array(v.any(), 'an array of buffers and ports')),
})

/** How long (ms) a process may be held up while it is waited for, where nothing else is said. */
export const MAX_STALL_MS = 100

/** Options of every move of a state. */
const move = {
  suspendTimeoutMs: v.optional(ms, 5_000),
  maxStallMs: v.optional(ms, MAX_STALL_MS),
  codeChangeTimeoutMs: v.optional(ms, 60_000),
  maxPauseMs: v.optional(ms, Infinity),
  drainTimeoutMs: v.optional(ms, 10_000),
  extra: v.optional(v.any()),
}

/** Options of its proof. */
const proof = {
  rehearse: v.optional(flag, true),
  typecheck: v.optional(flag, false),
}

const asked = { ...move, signal: v.optional(signal), allowRemoved: v.optional(flag, false) }

/** Options of a downgrade of one process. */
export const processDowngradeSchema = object(asked)

/** Options of an upgrade of one process. */
export const processUpgradeSchema = object({ ...asked, ...proof })

/** Defaults of a rolling upgrade. */
export const rollingDefaults = { groupSize: 24, throttleMs: 0, blocked: 'fail' } as const

/** Options of a rolling upgrade. */
const rolling = {
  mode: v.optional(oneOf('atomic', 'rolling')),
  groupSize: v.optional(count, rollingDefaults.groupSize),
  throttleMs: v.optional(ms, rollingDefaults.throttleMs),
  blocked: v.optional(oneOf('fail', 'skip', 'wait'), rollingDefaults.blocked),
}

/** Options of a roll back: the version before lacks what was new. */
export const rollBackSchema = object({
  ...asked,
  ...rolling,
  allowRemoved: v.optional(flag, true),
})

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1))
const selected = v.pipe(v.array(text('a name or id')), v.minLength(1))

const only = v.optional(
  v.message(
    v.lazy((value) => (Array.isArray(value) ? selected : share)),
    'a share above 0 and up to 1, or an array of at least one name or id',
  ),
)

/** Options of a downgrade of a code. */
export const downgradeSchema = object({ ...asked, ...rolling, only })

/** Options of an upgrade of a code. */
export const upgradeSchema = object({ ...asked, ...proof, ...rolling, only })

/** Options of `code.watch` and `runtime.watch`. */
export const watchSchema = object({
  ...move,
  ...proof,
  allowRemoved: v.optional(flag, true),
  debounceMs: v.optional(ms, 20),
})

/** Options of `ref.stop` and `runtime.close`. */
export const stopSchema = object({
  drain: v.optional(flag, true),
  timeoutMs: v.optional(ms, 10_000),
})

/**
 * The options of a public function, with defaults filled in. Their type has to agree with the schema.
 * @throws MoultError `INVALID_OPTION` that names the option, what was expected and what came.
 */
export function parseOptions<const Schema extends v.GenericSchema, Options>(
  where: string,
  schema: Schema,
  options: Options & Undrifted<Options, v.InferInput<Schema>>,
): v.InferOutput<Schema> {
  const given: unknown = options
  const result = v.safeParse(schema, given === undefined ? {} : given)
  if (result.success) return result.output
  throw refusal(where, result.issues[0])
}

function refusal(
  where: string,
  { path: steps, input, ...issue }: v.BaseIssue<unknown>,
): MoultError {
  const at = pathOf(steps ?? [])
  if (issue.expected === UNKNOWN) return noSuchOption(where, at, String(input), issue.message)
  const expected = issue.message
  const received = describe(steps === undefined ? input : steps.at(-1)?.value)
  const message = `${where}: ${at} should be ${expected}, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path: at, expected, received })
}

/** `mailbox.capacity`, `external[0]`. */
function pathOf(steps: readonly v.IssuePathItem[]): string {
  const texts = steps.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  return texts.join('').slice(1) || 'options'
}

function noSuchOption(where: string, at: string, received: string, names: string): MoultError {
  const hint = hintOf(received, names.split(', '))
  const expected = `one of ${names}`
  const message = `${where}: there is no option '${at}'${hint}; expected ${expected}`
  return new MoultError('INVALID_OPTION', message, { path: at, expected, received })
}
