import path from 'node:path'
import * as v from 'valibot'
import { describe } from './protocol/clone-bytes.ts'
import { MoultError } from './protocol/errors.ts'

const notNegative = v.pipe(v.number(), v.minValue(0))
const ms = notNegative
const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const signal = v.instance(AbortSignal)
const anyFunction = v.function()
const text = v.pipe(v.string(), v.minLength(1))

const resourceLimits = v.strictObject({
  maxOldGenerationSizeMb: v.optional(notNegative),
  maxYoungGenerationSizeMb: v.optional(notNegative),
  codeRangeSizeMb: v.optional(notNegative),
  stackSizeMb: v.optional(notNegative),
})

/** Options of `createRuntime`. */
export const runtimeSchema = v.strictObject({
  services: v.optional(
    v.pipe(
      v.any(),
      // Before the record, which makes one of a list.
      v.check(isPlainObject, 'an object of services'),
      v.record(v.string(), v.pipe(v.any(), v.check(isService, 'an object or a function'))),
    ),
    {},
  ),
  logger: v.optional(
    v.object({ debug: anyFunction, info: anyFunction, warn: anyFunction, error: anyFunction }),
  ),
  maxIsolates: v.optional(count, 1024),
  warmSpares: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  store: v.optional(
    v.strictObject({
      directory: v.pipe(
        text,
        v.transform((folder) => path.resolve(folder)),
      ),
    }),
  ),
  resourceLimits: v.optional(resourceLimits),
  loadTimeoutMs: v.optional(ms, 30_000),
  initTimeoutMs: v.optional(ms, 30_000),
  exitGraceMs: v.optional(ms, 2_000),
  faultPoint: v.optional(anyFunction),
})

/** Options of `runtime.load`. */
export const loadSchema = v.strictObject({
  name: v.optional(text),
  external: v.optional(v.array(text)),
  isolates: v.optional(v.union([count, v.literal('per-process')])),
})

const mailbox = v.pipe(
  v.strictObject({
    capacity: v.optional(v.union([count, v.literal(Infinity)]), Infinity),
    overflow: v.optional(v.picklist(['reject', 'drop-oldest', 'drop-newest']), 'reject'),
  }),
  v.check(
    ({ capacity, overflow }) => overflow !== 'drop-oldest' || capacity >= 2,
    'a capacity of at least 2 where the oldest is dropped',
  ),
)

const restart = v.strictObject({
  policy: v.optional(v.picklist(['transient', 'temporary']), 'transient'),
  maxRestarts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 3),
  withinMs: v.optional(ms, 5_000),
})

/** Options of `code.spawn`. */
export const spawnSchema = v.strictObject({
  name: v.optional(text),
  version: v.optional(text),
  args: v.optional(v.any()),
  mailbox: v.optional(mailbox, {}),
  restart: v.optional(restart, {}),
})

/** Options of a single message. */
export const callSchema = v.strictObject({
  timeoutMs: v.optional(ms),
  signal: v.optional(signal),
  transfer: v.optional(v.array(v.any())),
})

/** Options of an upgrade or downgrade of one process, and of a roll back. */
export const moveSchema = v.strictObject({
  suspendTimeoutMs: v.optional(ms, 5_000),
  codeChangeTimeoutMs: v.optional(ms, 60_000),
  maxPauseMs: v.optional(ms, Infinity),
  buffers: v.optional(v.picklist(['copy', 'move']), 'copy'),
  extra: v.optional(v.any()),
  signal: v.optional(signal),
  allowRemoved: v.optional(v.boolean(), false),
  rehearse: v.optional(v.boolean(), true),
  typecheck: v.optional(v.boolean(), false),
})

/** How a rolling upgrade goes over the processes where nobody says otherwise. */
export const rollingDefaults = { groupSize: 16, throttleMs: 0, blocked: 'fail' } as const

/** How the processes of a code are gone over. */
const rolling = {
  mode: v.optional(v.picklist(['atomic', 'rolling'])),
  groupSize: v.optional(count, rollingDefaults.groupSize),
  throttleMs: v.optional(ms, rollingDefaults.throttleMs),
  blocked: v.optional(v.picklist(['fail', 'skip', 'wait']), rollingDefaults.blocked),
}

/** Options of a roll back. */
export const rollBackSchema = v.strictObject({ ...moveSchema.entries, ...rolling })

/** Options of an upgrade or downgrade of a code. */
export const upgradeSchema = v.strictObject({
  ...rollBackSchema.entries,
  only: v.optional(
    v.union([
      v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
      v.pipe(v.array(text), v.minLength(1)),
    ]),
  ),
})

/** Options of `code.watch` and `runtime.watch`. */
export const watchSchema = v.strictObject({
  ...v.omit(moveSchema, ['signal', 'allowRemoved']).entries,
  allowRemoved: v.optional(v.boolean(), true),
  debounceMs: v.optional(ms, 20),
})

/** Options of `ref.stop` and `runtime.close`. */
export const stopSchema = v.strictObject({
  drain: v.optional(v.boolean(), true),
  timeoutMs: v.optional(ms, 10_000),
})

/**
 * The options of a public function, with defaults filled in.
 * @throws MoultError `INVALID_OPTION` that names the option, what was expected and what came.
 */
export function parseOptions<const Schema extends v.GenericSchema>(
  where: string,
  schema: Schema,
  options: unknown,
): v.InferOutput<Schema> {
  if (options !== undefined && !isPlainObject(options)) throw refusal(where, 'an object', options)
  const result = v.safeParse(schema, options ?? {})
  if (result.success) return result.output
  const [issue] = result.issues
  throw issueError(where, issue)
}

function issueError(where: string, issue: v.BaseIssue<unknown>): MoultError {
  const path = [where, v.getDotPath(issue)].filter(Boolean).join(': ')
  // Valibot says `never` of a key that a strict object does not have, and the key's name of one that is missing.
  if (issue.expected === 'never') return noSuchOption(where, path)
  const isMissing = issue.input === undefined && issue.expected?.startsWith('"') === true
  if (isMissing) return refusal(path, 'given', undefined)
  return refusal(
    path,
    issue.type === 'check' ? issue.message : (issue.expected ?? issue.message),
    issue.input,
  )
}

function noSuchOption(where: string, path: string): MoultError {
  const name = path.slice(path.lastIndexOf(' ') + 1)
  const details = { path, expected: 'an option that exists', received: name }
  return new MoultError('INVALID_OPTION', `${where}: there is no option '${name}'`, details)
}

function refusal(path: string, expected: string, value: unknown): MoultError {
  const received = describe(value)
  const message = `${path} should be ${expected}, but is ${received}`
  return new MoultError('INVALID_OPTION', message, { path, expected, received })
}

/** What can be called from a thread: of anything else there is nothing that would have to stay on main. */
function isService(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
