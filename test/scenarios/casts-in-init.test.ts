import { once } from 'node:events'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

const program = `export default {
  version: '1',
  init: async ({ to }, context) => {
    const { id, name } = context.self
    context.cast(id, 'note', 'by id')
    context.cast(name, 'note', 'by name')
    if (to !== undefined) context.cast(to, 'sendBack', name)
    await context.services.gates.pass(name)
    if (to === 'nobody') throw new RangeError('not today')
    return { log: ['init'] }
  },
  calls: { log: (state) => state.log, die: () => process.exit(3) },
  casts: {
    note: (state, text) => void state.log.push(text),
    sendBack: (_state, to, context) => context.cast(to, 'note', 'sent back'),
  },
}`

interface Program {
  readonly version: string
  readonly init: (args: { to?: string }) => { log: string[] }
  readonly calls: {
    readonly log: (state: { log: string[] }) => string[]
    readonly die: (state: { log: string[] }) => void
  }
  readonly casts: {
    readonly note: (state: { log: string[] }, text: string) => void
    readonly sendBack: (state: { log: string[] }, to: string) => void
  }
}

test.each(['per-process', 1] as const)(
  'what a process casts to itself in init, and is cast meanwhile, is handled behind init, at the start and at a restart (isolates: %s)',
  async (isolates) => {
    const root = await newProject({ 'v1.js': program })
    const runtime = await testRuntime({ services: open })
    const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
    const failed: unknown[] = []
    runtime.on('castFailed', (event) => failed.push(event))
    await code.spawn({ name: 'other', args: {} })
    const ref = await code.spawn({ name: 'one', args: { to: 'other' } })
    const whole = ['init', 'by id', 'by name', 'sent back']
    await expect.poll(() => ref.call('log')).toEqual(whole)
    await rejection(ref.call('die'))
    await expect.poll(() => ref.call('log')).toEqual(whole)
    expect(failed).toEqual([])
  },
)

test('where init fails, what was cast to it has failed too', async () => {
  const root = await newProject({ 'v1.js': program })
  const runtime = await testRuntime({ services: open })
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const failed = once(runtime, 'castFailed')
  const spawned = rejection(code.spawn({ name: 'one', args: { to: 'nobody' } }))
  expect(await spawned).toMatchObject({ code: 'INIT_FAILED' })
  const about = { process: 'one', name: 'note', error: { code: 'PROCESS_STOPPED' } }
  expect(await failed).toMatchObject([about])
  expect(runtime.whereis('one')).toBeUndefined()
})

/** A turn passes before a gate opens. */
const open = { gates: { pass: () => Promise.resolve() } } as never
