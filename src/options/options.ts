import * as v from 'valibot'
import {
  TRACEPARENT,
  TRACESTATE,
  isTraceparent,
  isTracestate,
} from '../protocol/definition/trace.ts'
import {
  anyFunction,
  count,
  flag,
  folder,
  group,
  isObject,
  ms,
  name,
  object,
  oneOf,
  servicesOption,
  signal,
  text,
  wholeNumber,
  withoutIdle,
} from './option-kinds.ts'
import { bare } from './own-fields.ts'
import { permissions } from './permissions.ts'
import { probation } from './probation.ts'
import { rehearse, rehearseSome } from './rehearse.ts'
import type { RehearseSetting } from './rehearse.ts'
import { resourceLimits } from './resource-limits.ts'
import { checkpoint, restart } from './restart.ts'

const runtime = object({
  services: v.optional(servicesOption),
  logger: v.optional(
    v.pipe(
      v.custom<object>(isObject, 'an object with debug, info, warn and error'),
      v.object(
        bare({ debug: anyFunction, info: anyFunction, warn: anyFunction, error: anyFunction }),
        'a function',
      ),
    ),
  ),
  probation: v.optional(probation, true),
  maxIsolates: v.optional(count, 1024),
  warmSpares: v.optional(wholeNumber(0), 1),
  store: v.optional(object({ directory: folder })),
  tempFolder: v.optional(folder),
  resourceLimits: v.optional(object(resourceLimits)),
  loadTimeoutMs: v.optional(ms, 30_000),
  initTimeoutMs: v.optional(ms, 30_000),
  exitGraceMs: v.optional(ms, 2_000),
  onUnhandled: v.optional(oneOf('continue', 'exit'), 'continue'),
  tracing: v.optional(flag, false),
  faultPoint: v.optional(anyFunction),
  checkStates: v.optional(flag, false),
  classes: v.optional(v.custom<object>(isObject, 'a plain object')),
  codecs: v.optional(v.custom<object>(isObject, 'a plain object')),
})

/** Options of `createRuntime`. */
export const runtimeSchema = v.pipe(
  runtime,
  v.forward(
    v.check(({ maxIsolates, warmSpares }) => warmSpares <= maxIsolates, 'at most maxIsolates'),
    ['warmSpares'],
  ),
)

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
  resourceLimits: v.optional(object(resourceLimits)),
  permissions: v.optional(permissions),
})

/** Options of `code.load`. */
export const furtherLoadSchema = object({ permissions: v.optional(permissions) })

const capacity = v.lazy((value) =>
  value === Infinity
    ? v.literal(value)
    : wholeNumber(1, 'a whole number of at least 1, or Infinity'),
)
const overflow = oneOf('reject', 'drop-oldest', 'drop-newest')

const mailbox = v.pipe(
  object({
    capacity: v.optional(capacity, Infinity),
    overflow: v.optional(overflow, 'reject'),
  }),
  v.forward(
    v.check(
      ({ capacity, overflow }) => overflow !== 'drop-oldest' || capacity >= 2,
      'at least 2 where the oldest is dropped',
    ),
    ['capacity'],
  ),
)

/** Options of each process that is started. */
export const spawnEntries = {
  name: v.optional(name),
  version: v.optional(text('the label of a version,')),
  args: v.optional(v.any()),
  mailbox: group(mailbox),
  restart: group(restart),
  checkpoint: v.optional(checkpoint),
  handlerTimeoutMs: v.optional(ms),
  onHandlerTimeout: v.optional(oneOf('tell', 'kill')),
}

/** Options of `code.spawn`. */
export const spawnSchema = object(spawnEntries)

/** Options of a single message. */
export const callSchema = object({
  timeoutMs: v.optional(ms),
  signal: v.optional(signal),
  transfer: v.optional(v.array(v.any(), 'an array of buffers and ports')),
  trace: v.optional(
    object({
      traceparent: v.custom<string>(isTraceparent, TRACEPARENT),
      tracestate: v.optional(v.custom<string>(isTracestate, TRACESTATE)),
    }),
  ),
})

/** Options of `ref.events`. */
export const eventsSchema = object({
  capacity: v.optional(capacity, 1_000),
  overflow: v.optional(overflow, 'reject'),
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
  copy: v.optional(oneOf('ahead', 'whole'), 'ahead'),
  probation: v.optional(probation),
  extra: v.optional(v.any()),
}

/** Options of its proof. */
const proof = {
  rehearse: v.optional(rehearse, true),
  typecheck: v.optional(flag, false),
}

const asked = {
  ...move,
  signal: v.optional(signal),
  allowRemoved: v.optional(flag, false),
  allowWider: v.optional(flag, false),
}

/** Of a version that is loaded for the move. */
const loaded = { permissions: v.optional(permissions) }

/** Options of a downgrade of one process. */
export const processDowngradeSchema = object(asked)

/** A dry run measures the pause. */
const unmeasured = [
  ['maxPauseMs'],
  (options: { readonly rehearse: RehearseSetting; readonly maxPauseMs: number }) => {
    const { rehearse, maxPauseMs } = options
    if (maxPauseMs === Infinity) return undefined
    if (rehearse === false) return 'rehearse is false: it is the dry run that measures the pause'
    if (rehearse.sample === undefined) return undefined
    return 'rehearse has a sample: it is the dry run of each that measures its pause'
  },
] as const

/** Options of an upgrade of one process. */
export const processUpgradeSchema = withoutIdle(
  object({ ...asked, ...proof, ...loaded }),
  unmeasured,
)

/** Defaults of a rolling upgrade. Of the size of its groups there is none: they are as large as is good. */
export const rollingDefaults = { throttleMs: 0, blocked: 'fail' } as const

/** Options of how several processes move. Without defaults: which of them are given says how. */
const rolling = {
  mode: v.optional(oneOf('atomic', 'rolling')),
  groupSize: v.optional(count),
  throttleMs: v.optional(ms),
  blocked: v.optional(oneOf('fail', 'skip', 'wait')),
}

/** Where all move together there are no groups. */
const ungrouped = [
  ['groupSize', 'throttleMs', 'blocked'],
  ({ mode }: { readonly mode?: string | undefined }) => {
    return mode === 'atomic' ? "mode is 'atomic'" : undefined
  },
] as const

/** A budget is for one pause. */
const oneByOne = [
  ['groupSize'],
  (options: { readonly maxPauseMs: number; readonly groupSize?: number | undefined }) => {
    if (options.maxPauseMs === Infinity || options.groupSize === 1) return undefined
    return 'maxPauseMs is given: then one process moves at a time'
  },
] as const

/** Options of a roll back: the version before lacks what was new, and has been allowed what it may do. */
export const rollBackSchema = withoutIdle(
  object({
    ...asked,
    ...rolling,
    allowRemoved: v.optional(flag, true),
    allowWider: v.optional(flag, true),
  }),
  ungrouped,
  oneByOne,
)

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1))
const selected = v.pipe(v.array(text('a name or id')), v.minLength(1))

const only = v.optional(
  v.message(
    v.lazy((value) => (Array.isArray(value) ? selected : share)),
    'a share above 0 and up to 1, or an array of at least one name or id',
  ),
)

/** Options of a downgrade of a code. */
export const downgradeSchema = withoutIdle(
  object({ ...asked, ...rolling, only }),
  ungrouped,
  oneByOne,
)

/** Options of an upgrade of a code. */
export const upgradeSchema = withoutIdle(
  object({
    ...asked,
    ...proof,
    ...loaded,
    rehearse: v.optional(rehearseSome, true),
    ...rolling,
    only,
  }),
  unmeasured,
  ungrouped,
  oneByOne,
)

/** Options of `code.watch` and `runtime.watch`. */
export const watchSchema = withoutIdle(
  object({
    ...move,
    ...proof,
    allowRemoved: v.optional(flag, true),
    debounceMs: v.optional(ms, 20),
  }),
  unmeasured,
)

/** The same with defaults filled in. */
export type WatchSettings = v.InferOutput<typeof watchSchema>

/** Options of `ref.restart`. */
export const restartSchema = object({
  version: v.optional(text('the label of a version,')),
  from: v.optional(oneOf('checkpoint', 'init'), 'checkpoint'),
})

/** Options of `ref.stop` and `runtime.close`. */
export const stopSchema = object({
  drain: v.optional(flag, true),
  timeoutMs: v.optional(ms, 10_000),
})
