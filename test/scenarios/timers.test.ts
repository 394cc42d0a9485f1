import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, ProcessRef, Runtime } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface State {
  readonly log: unknown[]
}

interface Program {
  readonly version: string
  readonly init: () => State
  readonly calls: {
    readonly log: (state: State) => unknown[]
    /** Calls functions of the context, in order. Resolves to what they returned. */
    readonly set: (state: State, calls: readonly (readonly unknown[])[]) => Promise<unknown[]>
    readonly die: (state: State) => void
  }
  readonly casts: { readonly note: (state: State, text: unknown) => void }
}

/** A program that notes its casts, with the version that handled them. */
function program(version: string, extra = '', casts = ''): string {
  return `export default {
    version: '${version}',
    init: (_args, context) => {
      context.after(1, 'note', 'from init', { name: 'init' })
      return { log: [] }
    },
    calls: {
      log: ({ log }) => log,
      set: (_state, calls, context) => calls.map(([name, ...rest]) => {
        const { [name]: taken } = context
        return taken(...rest)
      }),
      die: () => process.exit(3),
    },
    casts: { ${casts || `note: ({ log }, text) => void log.push(['${version}', text])`} },
    ${extra}
  }`
}

const same = `codeChange: { '1': 'unchanged' },`

async function loaded(
  files: Record<string, string>,
  isolates: 'per-process' | number = 'per-process',
): Promise<{ runtime: Runtime; code: Code<Program>; root: string }> {
  const root = await newProject({ 'v1.js': program('1'), ...files })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  return { runtime, code, root }
}

function noted(ref: ProcessRef<Program>, ...lines: unknown[]): Promise<void> {
  return expect.poll(() => ref.call('log')).toEqual(lines)
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('a timer outlives the version that set it, and is handled by the one that is current', async () => {
    const { code, root } = await loaded({ 'v2.js': program('2', same) }, isolates)
    const ref = await code.spawn()
    await noted(ref, ['1', 'from init'])
    await ref.call('set', [['every', 3_600_000, 'note', 'hourly', { name: 'hour' }]])
    await ref.call('set', [['every', 5, 'note', 'tick', { name: 'tick' }]])
    await expect.poll(async () => (await ref.call('log')).length).toBeGreaterThan(3)
    const report = await code.upgrade<Program>(`${root}/v2.js`)
    expect(report.mailboxAudit.byName['note']?.fit).toBeGreaterThanOrEqual(isolates === 2 ? 0 : 2)
    const before = (await ref.call('log')).length
    await expect.poll(async () => (await ref.call('log')).length).toBeGreaterThan(before + 3)
    expect((await ref.call('log')).at(-1)).toEqual(['2', 'tick'])
    await ref.call('set', [['cancel', 'tick']])
    const after = await ref.call('log')
    await ref.call('set', [['after', 30, 'note', 'last']])
    await expect.poll(async () => (await ref.call('log')).at(-1)).toEqual(['2', 'last'])
    // One tick may have been on its way.
    expect((await ref.call('log')).length).toBeLessThanOrEqual(after.length + 2)
  })

  test('a crash ends all timers, and init sets its own again', async () => {
    const { runtime, code } = await loaded({}, isolates)
    const ref = await code.spawn()
    await noted(ref, ['1', 'from init'])
    await ref.call('set', [['every', 2, 'note', 'tick']])
    const restarted = once(runtime, 'restarted')
    await rejection(ref.call('die'))
    await restarted
    await expect.poll(() => ref.call('log')).toContainEqual(['1', 'from init'])
    await ref.call('set', [['after', 20, 'note', 'later']])
    await expect.poll(() => ref.call('log')).toContainEqual(['1', 'later'])
    // Ticks that waited at the crash are handled; from then on no timer makes more.
    const before = (await ref.call('log')).length
    await ref.call('set', [['after', 20, 'note', 'end']])
    await expect.poll(async () => (await ref.call('log')).at(-1)).toEqual(['1', 'end'])
    expect((await ref.call('log')).length).toBe(before + 1)
  })

  test('an upgrade is refused whose version lacks the cast of a timer, and nothing has changed', async () => {
    const lacks = program('2', same, 'other: () => undefined').replace(/context\.after.*\n/, '\n')
    const { code, root } = await loaded({ 'v2.js': lacks }, isolates)
    const ref = await code.spawn()
    await noted(ref, ['1', 'from init'])
    await ref.call('set', [['after', 3_600_000, 'note', 'much later', { name: 'later' }]])
    const refused = await rejection(code.upgrade(`${root}/v2.js`))
    expect(refused).toMatchObject({ code: 'CALLS_REMOVED' })
    const allowed = await rejection(ref.upgrade(`${root}/v2.js`, { allowRemoved: true }))
    expect(allowed).toBeUndefined()
  })
})

test('a payload goes through upcast, where the version that fires has one', async () => {
  const upcast = `${same} upcast: { '1': { casts: { note: (payload) => ({ name: 'note', payload: 'was ' + payload }) } } },`
  const { code, root } = await loaded({ 'v2.js': program('2', upcast) })
  const ref = await code.spawn()
  await noted(ref, ['1', 'from init'])
  await ref.call('set', [['after', 3_600_000, 'note', 'old', { name: 'one' }]])
  const report = await code.upgrade<Program>(`${root}/v2.js`)
  expect(report.mailboxAudit.byName['note']).toMatchObject({ fit: 0, upcast: 1 })
  await ref.call('set', [['after', 1, 'note', 'new']])
  await noted(ref, ['1', 'from init'], ['2', 'new'])
})

test('a schema that refuses the payload of a timer refuses the upgrade', async () => {
  const validate = `(value) => typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }`
  const schema = `{ '~standard': { version: 1, vendor: 'test', validate: ${validate} } }`
  const strict = `${same} schemas: { casts: { note: { payload: ${schema} } } },`
  const { code, root } = await loaded({ 'v2.js': program('2', strict) })
  const ref = await code.spawn()
  await noted(ref, ['1', 'from init'])
  await ref.call('set', [['after', 3_600_000, 'note', 'a text']])
  const refused = await rejection(code.upgrade(`${root}/v2.js`))
  expect(refused).toMatchObject({ code: 'MAILBOX_REFUSED', phase: 'audit' })
  await ref.call('set', [['after', 1, 'note', 'goes on']])
  await noted(ref, ['1', 'from init'], ['1', 'goes on'])
})

test('a stop ends the timers, and the cast of one is not told as lost', async () => {
  const { runtime, code } = await loaded({})
  const ref = await code.spawn()
  const failed: unknown[] = []
  runtime.on('castFailed', (event) => failed.push(event))
  await ref.call('set', [['every', 1, 'note', 'tick']])
  await ref.stop()
  const other = await code.spawn()
  await noted(other, ['1', 'from init'])
  await other.call('set', [['after', 10, 'note', 'later']])
  await noted(other, ['1', 'from init'], ['1', 'later'])
  expect(failed).toEqual([])
})

test('a name replaces, a Buffer stays one, and functions can be taken out of the context', async () => {
  const { code } = await loaded({})
  const ref = await code.spawn()
  await noted(ref, ['1', 'from init'])
  const names = await ref.call('set', [
    ['after', 1, 'note', 'never', { name: 'one' }],
    ['after', 5, 'note', Buffer.from('x'), { name: 'one' }],
    ['cron', '* * * * * *', 'note', 'second', { name: 'clock', timeZone: 'Asia/Tokyo' }],
    ['after', 3_600_000, 'note'],
  ])
  expect(names.slice(0, 3)).toEqual(['one', 'one', 'clock'])
  expect(names[3]).toMatch(/^[\da-f-]{36}$/)
  await noted(ref, ['1', 'from init'], ['1', Buffer.from('x')], ['1', 'second'])
})

const wrong: readonly (readonly [
  call: readonly unknown[],
  path: string | undefined,
  code?: string,
])[] = [
  [['after', 0, 'note'], 'ms'],
  [['after', -1, 'note'], 'ms'],
  [['after', NaN, 'note'], 'ms'],
  [['after', Infinity, 'note'], 'ms'],
  [['after', '5', 'note'], 'ms'],
  [['every', 0.5, 'note'], 'ms'],
  [['every', undefined, 'note'], 'ms'],
  [['after', 1], 'cast'],
  [['after', 1, 'noet'], undefined, 'UNKNOWN_CAST'],
  [['after', 1, 'log'], undefined, 'UNKNOWN_CAST'],
  [['after', 1, 'note', 1, { nmae: 'x' }], 'options.nmae'],
  [['after', 1, 'note', 1, { timeZone: 'UTC' }], 'options.timeZone'],
  [['after', 1, 'note', 1, { name: '' }], 'name'],
  [['after', 1, 'note', 1, { name: 7 }], 'name'],
  [['after', 1, 'note', 1, { late: 'never' }], 'late'],
  [['after', 1, 'note', 1, 'x'], 'options'],
  [['after', 1, 'note', 1, {}, 2], 'arguments[4]'],
  [['cron', 'nonsense', 'note'], 'expression'],
  [['cron', '61 * * * *', 'note'], 'expression'],
  [['cron', '0 0 30 2 *', 'note'], 'expression'],
  [['cron', 5, 'note'], 'expression'],
  [['cron', '* * * * *', 'note', 1, { timeZone: 'Mars/Base' }], 'expression'],
  [['cron', '* * * * *', 'note', 1, { timeZone: 1 }], 'timeZone'],
  [['cancel'], 'timer'],
  [['cancel', 'one', 'two'], 'arguments[1]'],
]

test('what is no timer is refused with a code, and nothing is set', async () => {
  const { code } = await loaded({})
  const ref = await code.spawn()
  await noted(ref, ['1', 'from init'])
  for (const [call, path, expected = 'INVALID_OPTION'] of wrong) {
    const error = await rejection(ref.call('set', [call]))
    expect([call, error]).toMatchObject([call, { code: expected, ...(path && { path }) }])
  }
  await ref.call('set', [['after', 20, 'note', 'end']])
  await noted(ref, ['1', 'from init'], ['1', 'end'])
})
