import * as v from 'valibot'
import { anyFunction, ms, name, object, oneOf, wholeNumber } from './option-kinds.ts'
import { spawnEntries, stopSchema } from './options.ts'

const { version, args, mailbox, checkpoint } = spawnEntries

/** One child of a supervisor. */
const child = object({
  code: v.any(),
  name: v.optional(name),
  version,
  args,
  mailbox,
  checkpoint,
  restart: v.optional(oneOf('permanent', 'transient', 'temporary'), 'permanent'),
  shutdown: v.optional(stopSchema, {}),
})

/** The same with defaults filled in. */
export type ChildSettings = v.InferOutput<typeof child>

const children = v.message(
  v.pipe(v.array(v.any()), v.minLength(1)),
  'an array of at least one child',
)

/** Options of `runtime.supervise`. */
export const superviseSchema = object({
  name: v.optional(name, 'supervisor'),
  strategy: v.optional(oneOf('one-for-one', 'one-for-all', 'rest-for-one'), 'one-for-one'),
  maxRestarts: v.optional(wholeNumber(0), 3),
  withinMs: v.optional(ms, 5_000),
  children: v.pipe(children, v.array(child)),
})

const orFunction = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.lazy((value) => (typeof value === 'function' ? anyFunction : schema))

/** Options of `code.spawnMany`. */
export const spawnManySchema = object({
  ...spawnEntries,
  name: v.optional(anyFunction),
  args: v.optional(orFunction(v.any())),
})
