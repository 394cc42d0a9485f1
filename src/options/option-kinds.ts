import path from 'node:path'
import * as v from 'valibot'
import { functionsOf, isData, isLendableName, isPlainObject } from './lendable.ts'
import { bare, ownFields } from './own-fields.ts'

/** What Valibot expects in place of an unknown key. */
export const UNKNOWN = 'never'

// The message of each schema is what it expects: an error says `NAME should be …`.

/** Any function. */
export const anyFunction = v.function('a function')
/** True or false. */
export const flag = v.boolean('true or false')
/** A time in ms. */
export const ms = numberFrom(0, 'a time in ms, of at least 0')
/** A number of things, at least one. */
export const count = wholeNumber(1)
/** An AbortSignal. */
export const signal = v.instance(AbortSignal, 'an AbortSignal')
/** A name. */
export const name = text('a name')

/** The path of a folder. */
export const folder = v.pipe(
  text('the path of a folder,'),
  v.transform((given) => path.resolve(given)),
)

/** A number of at least `least`. */
export function numberFrom(least: number, expected: string) {
  return v.message(v.pipe(v.number(), v.minValue(least)), expected)
}

/** The same without fractions. */
export function wholeNumber(least: number, expected = `a whole number of at least ${least}`) {
  return v.message(v.pipe(v.number(), v.integer(), v.minValue(least)), expected)
}

/** A text that says something. */
export function text(what: string) {
  return v.message(v.pipe(v.string(), v.minLength(1)), `${what} of at least one character`)
}

/** One of several texts. */
export function oneOf<const Values extends readonly string[]>(...values: Values) {
  const quoted = values.map((value) => `'${value}'`)
  return v.picklist(values, `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`)
}

/** An object of options; unknown ones are refused. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
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

/** Options that may be left out together: then their defaults are those that were made once. */
export function group<Schema extends v.GenericSchema<object, object>>(schema: Schema) {
  const leftOut = {} as v.InferInput<Schema>
  const defaults = v.parse(schema, leftOut)
  const once: Schema = {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => {
      if (dataset.value === leftOut) return { typed: true, value: defaults }
      return schema['~run'](dataset, config)
    },
  }
  return v.optional(once, leftOut)
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

/** Whether a value may have options by their names: a Map has none, whatever it holds. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isData(value)
}

/** Options, and why they have no effect beside the others that were given; undefined where they have one. */
type Idle<Options> = readonly [
  names: readonly (keyof Options & string)[],
  reason: (options: Options) => string | undefined,
]

/**
 * The same schema, which refuses options that have no effect: their reader would take them to have one. What is left out
 * is told by having no value, so they have no default, or one for which there is no reason.
 */
export function withoutIdle<const Schema extends v.GenericSchema>(
  schema: Schema,
  ...all: readonly Idle<v.InferOutput<Schema>>[]
) {
  const check = v.rawCheck<v.InferOutput<Schema>>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const input = dataset.value as Record<string, unknown>
    for (const [names, reasonOf] of all) {
      for (const key of names) {
        const reason = input[key] === undefined ? undefined : reasonOf(dataset.value)
        if (reason !== undefined) addIssue(idle(input, key, reason))
      }
    }
  })
  return v.pipe(schema, check)
}

function idle(input: Record<string, unknown>, key: string, reason: string) {
  const message = `left out where ${reason}`
  const at = { type: 'object', origin: 'value', input, key, value: input[key] } as const
  return { message, path: [at] } satisfies v.RawCheckIssueInfo<unknown>
}

/** The option `services`. Each is judged by its own name and value. Valibot's record passes over some names. */
export const servicesOption = v.pipe(
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
