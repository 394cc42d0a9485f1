// @module-tag once
import { Table, createRuntime, isMoultError, table } from 'moult'
import type { Code, ProcessRef, Runtime } from 'moult'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type counter from '../fixtures/counter/v1.ts'
import * as schemas from '../../src/options/options.ts'
import { spawnManySchema, superviseSchema } from '../../src/options/supervise.ts'
import { rightValues } from '../support/each-option.ts'
import type { Method } from '../support/each-option.ts'
import { takersOfOptions } from '../support/public-options.ts'
import { fixture, quickRuntime } from '../support/runtime.ts'
import { entriesOf } from '../support/schema-entries.ts'

let runtime: Runtime
let closed: Runtime
let code: Code<typeof counter>
let ref: ProcessRef<typeof counter>
let unloaded: Code<typeof counter>
let stopped: ProcessRef<typeof counter>

beforeAll(async () => {
  runtime = quickRuntime({ warmSpares: 0 })
  code = await runtime.load<typeof counter>(fixture('counter/v1.ts'))
  ref = await code.spawn({ args: { start: 1 } })
  stopped = await code.spawn({ args: { start: 1 } })
  await stopped.stop()
  unloaded = await runtime.load<typeof counter>(fixture('counter/v2.ts'), { name: 'unloaded' })
  await unloaded.unload()
  closed = quickRuntime()
  await closed.close()
})

afterAll(() => runtime.close())

interface Way {
  /** The public function, as its sources name it. */
  readonly of: string
  readonly schema: v.GenericSchema | undefined
  /** Calls the function so that no more than the options can be right. */
  readonly give: (options: never) => unknown
}

const nowhere = new URL('file:///nowhere.ts')

const ways: Readonly<Record<Method, Way>> = {
  createRuntime: {
    of: 'createRuntime',
    schema: schemas.runtimeSchema,
    give: async (options: unknown) => {
      const made = await createRuntime(
        isBare(options) ? { warmSpares: 0, ...options } : (options as never),
      )
      await made.close()
    },
  },
  'load of one': {
    of: 'Code.load',
    schema: schemas.furtherLoadSchema,
    give: (options) => code.load(nowhere, options),
  },
  load: {
    of: 'Runtime.load',
    schema: schemas.loadSchema,
    give: (options) => runtime.load(nowhere, options),
  },
  watch: {
    of: 'Runtime.watch',
    schema: schemas.watchSchema,
    give: (options) => runtime.watch(options).close(),
  },
  'watch of one': {
    of: 'Code.watch',
    schema: schemas.watchSchema,
    give: (options) => code.watch(options).close(),
  },
  close: {
    of: 'Runtime.close',
    schema: schemas.stopSchema,
    give: (options) => closed.close(options),
  },
  spawn: {
    of: 'Code.spawn',
    schema: schemas.spawnSchema,
    give: (options: unknown) => {
      return code.spawn((isBare(options) ? { version: 'none', ...options } : options) as never)
    },
  },
  spawnMany: {
    of: 'Code.spawnMany',
    schema: spawnManySchema,
    give: (options: unknown) => {
      const given = isBare(options) ? { version: 'none', ...options } : options
      return code.spawnMany(1, given as never)
    },
  },
  supervise: {
    of: 'Runtime.supervise',
    schema: superviseSchema,
    give: (options: unknown) => {
      if (!isBare(options)) return closed.supervise(options as never)
      const { children = [{ code }] } = options as { children?: unknown }
      return closed.supervise({ ...options, children } as never)
    },
  },
  upgrade: {
    of: 'Code.upgrade',
    schema: schemas.upgradeSchema,
    give: (options) => code.upgrade('none', options),
  },
  downgrade: {
    of: 'Code.downgrade',
    schema: schemas.downgradeSchema,
    give: (options) => code.downgrade('none', options),
  },
  rollBack: {
    of: 'Code.rollBack',
    schema: schemas.rollBackSchema,
    give: (options) => code.rollBack(options),
  },
  purge: {
    of: 'Code.purge',
    schema: schemas.stopSchema,
    give: (options) => code.purge('none', options),
  },
  unload: {
    of: 'Code.unload',
    schema: schemas.stopSchema,
    give: (options) => unloaded.unload(options),
  },
  'upgrade of one': {
    of: 'ProcessRef.upgrade',
    schema: schemas.processUpgradeSchema,
    give: (options) => ref.upgrade('none', options),
  },
  'downgrade of one': {
    of: 'ProcessRef.downgrade',
    schema: schemas.processDowngradeSchema,
    give: (options) => ref.downgrade('none', options),
  },
  restart: {
    of: 'ProcessRef.restart',
    schema: schemas.restartSchema,
    give: (options) => stopped.restart(options),
  },
  stop: {
    of: 'ProcessRef.stop',
    schema: schemas.stopSchema,
    give: (options) => stopped.stop(options),
  },
  'stop of a group': {
    of: 'ProcessGroup.stop',
    schema: schemas.stopSchema,
    give: async (options) => (await code.spawnMany(0, { args: { start: 1 } })).stop(options),
  },
  with: {
    of: 'Messenger.with',
    schema: schemas.callSchema,
    give: (options) => ref.with(options),
  },
  events: {
    of: 'ProcessRef.events',
    schema: schemas.eventsSchema,
    give: (options) => stopped.events('none' as never, options),
  },
  table: {
    of: 'table',
    schema: undefined,
    give: (options) => table([], options),
  },
  'new Table': {
    of: 'Table.constructor',
    schema: undefined,
    give: (options) => new Table(options),
  },
}

/** The refusal of options; undefined where they were taken, whatever else was wrong. */
async function refusal(method: Method, options: unknown): Promise<Error | undefined> {
  try {
    await ways[method].give(options as never)
    return undefined
  } catch (error) {
    return isMoultError(error, 'INVALID_OPTION') ? error : undefined
  }
}

const methods = Object.keys(ways) as Method[]
const each = methods.flatMap((method) => {
  return Object.keys(rightValues[method]).map((name) => [method, name] as const)
})

/** The schema of one option. */
function schemaOf(method: Method, name: string): v.GenericSchema {
  const { schema } = ways[method]
  const entry = schema === undefined ? v.optional(v.boolean()) : entriesOf(schema)[name]
  if (entry === undefined) throw new Error(`${method} has no option ${name}`)
  return entry
}

const kinds: readonly unknown[] = [
  5,
  -1,
  0.5,
  NaN,
  '',
  'text',
  true,
  null,
  7n,
  Symbol('a'),
  [],
  [1],
  {},
  () => 1,
  new Map([['a', 1]]),
  new Set(),
  new Date(0),
  /a/,
  new AbortController(),
  Promise.resolve(1),
  Buffer.from('a'),
  new Error('a'),
  new URL('file:///a'),
]

test('each public function that takes options is in the table', () => {
  const listed = methods.map((method) => ways[method].of)
  expect(takersOfOptions().sort()).toEqual(listed.sort())
})

test('every schema is of a function in the table', () => {
  const all = Object.entries({ ...schemas, spawnManySchema, superviseSchema }).flatMap(
    ([name, schema]) => (name.endsWith('Schema') ? [schema] : []),
  )
  const used = methods.map((method) => ways[method].schema)
  expect(all.filter((schema) => !used.includes(schema as v.GenericSchema))).toEqual([])
})

describe.each(each)('%s: %s', (method, name) => {
  const value = (rightValues[method] as Readonly<Record<string, unknown>>)[name]

  test('is taken with a right value, and with none', async () => {
    expect(await refusal(method, { [name]: value })).toBeUndefined()
    expect(await refusal(method, { [name]: undefined })).toBeUndefined()
  })

  test('is named where it is misspelt', async () => {
    for (const misspelt of [name.slice(0, -1), `${name}s`, `${name[0] ?? ''}${name}`]) {
      const error = await refusal(method, { [misspelt]: value })
      expect(error).toMatchObject({ path: misspelt, received: misspelt })
      expect(error?.message).toContain(`there is no option '${misspelt}' (did you mean '${name}'?)`)
    }
  })

  test('is refused as a value of every other kind, with what was expected and what came', async () => {
    const schema = schemaOf(method, name)
    const wrong = kinds.filter((kind) => !v.safeParse(schema, kind).success)
    expect(wrong.length > 15).toBe(name !== 'args' && name !== 'extra')
    for (const kind of wrong) {
      const error = await refusal(method, { [name]: kind })
      const { path, expected, received } = error as unknown as Record<string, string>
      expect(path).toMatch(new RegExp(`^${name}\\b`))
      expect(error?.message).toMatch(/^[a-zA-Z]+: /)
      // An object of other fields is refused by the first of them.
      const isOfOthers = path === `${name}.${received}`
      const right = `${path} should be ${expected}, but is ${received}`
      expect(error?.message).toContain(isOfOthers ? `there is no option '${path}'` : `: ${right}`)
    }
  })
})

test.each(methods)(
  '%s takes an object of options, and nothing else in its place',
  async (method) => {
    const wrong = kinds.filter((kind) => !isBare(kind) && !namesOptions(kind))
    for (const kind of wrong) {
      expect(await refusal(method, kind)).toMatchObject({ path: 'options', expected: 'an object' })
    }
  },
)

function isBare(value: unknown): value is object {
  return typeof value === 'object' && value?.constructor === Object
}

/** An instance of a class may hold options. It is told which of what it holds is none. */
function namesOptions(value: unknown): boolean {
  return value instanceof AbortController || value instanceof URL
}
