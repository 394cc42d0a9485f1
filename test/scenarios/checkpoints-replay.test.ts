import { once } from 'node:events'
import type { ProcessRef, Runtime, event, RuntimeEvents, SpawnOptions } from 'moult'
import { describe, expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

type Note = readonly [what: string, isReplay: boolean]

interface Program {
  readonly version: string
  readonly init: () => { notes: Note[] }
  readonly calls: {
    readonly add: (state: { notes: Note[] }, what: string) => string
    readonly skip: (state: { notes: Note[] }, what: string) => string
    readonly once: (state: { notes: Note[] }, what: string) => string
    readonly notes: (state: { notes: Note[] }) => Note[]
    readonly die: (state: { notes: Note[] }) => void
  }
  readonly casts: { readonly put: (state: { notes: Note[] }, what: string) => void }
  readonly emits: { readonly added: ReturnType<typeof event<string>> }
}

const program = `import { event } from 'moult'
const note = ({ notes }, what, { isReplay }) => void notes.push([what, isReplay])
export default {
  version: '1',
  checkpoint: { everyMs: 1_000_000 },
  replayable: ['add', 'put', 'once', 'other'],
  init: () => ({ notes: [] }),
  emits: { added: event() },
  calls: {
    add: (state, what, context) => {
      note(state, what, context)
      context.emit('added', what)
      context.cast(context.self.id, 'other', what + '!')
      return what
    },
    skip: (state, what, context) => (note(state, what, context), what),
    once: (state, what, context) => {
      if (context.isReplay) process.exit(3)
      note(state, what, context)
      return what
    },
    notes: ({ notes }) => notes,
    die: () => process.exit(7),
  },
  casts: { put: note, other: note },
  codeChange: { 1: 'unchanged' },
}`

interface World {
  readonly runtime: Runtime
  readonly ref: ProcessRef<Program>
  readonly root: string
}

async function world(
  isolates: 'per-process' | number,
  options: Partial<SpawnOptions<undefined>> = {},
): Promise<World> {
  const root = await newProject({
    'v1.js': program,
    'v2.js': program.replace("version: '1'", "version: '2'"),
  })
  const runtime = await testRuntime({ exitGraceMs: 200 })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  const ref = await code.spawn({ name: 'noted', ...options })
  await expect.poll(async () => (await ref.inspect()).checkpoint).toBeDefined()
  return { runtime, ref, root }
}

async function restarted(runtime: Runtime): Promise<RuntimeEvents['restarted'][0]> {
  const [event] = (await once(runtime, 'restarted')) as RuntimeEvents['restarted']
  return event
}

async function die(ref: ProcessRef<Program>): Promise<void> {
  expect(await rejection(ref.call('die'))).toMatchObject({ code: 'ISOLATE_EXITED' })
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  test('what is replayable is handled again behind the checkpoint, and nothing is sent again', async () => {
    const { runtime, ref } = await world(isolates)
    const added: unknown[] = []
    ref.on('added', (what) => added.push(what))
    expect(await ref.call('add', 'a')).toBe('a')
    ref.cast('put', 'b')
    expect(await ref.call('skip', 'c')).toBe('c')
    expect(await ref.call('add', 'd')).toBe('d')
    // Behind the cast that it has sent to itself.
    expect(await ref.call('notes')).toHaveLength(6)
    const back = restarted(runtime)
    const hit = rejection(ref.call('die'))
    const behind = ref.call('skip', 'e')
    expect(await hit).toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(await behind).toBe('e')
    const notes = (await ref.call('notes')).map(([what, isReplay]) => `${what} ${isReplay}`)
    const again = ['a', 'a!', 'b', 'd', 'd!'].map((what) => `${what} true`)
    expect(notes.toSorted()).toEqual([...again, 'e false'].toSorted())
    expect(notes.filter((each) => /^[abde] /.test(each)).map((each) => each[0])).toEqual([
      'a',
      'b',
      'd',
      'e',
    ])
    expect(added).toEqual(['a', 'd'])
    // Of two that cannot be replayed, 'notes' among them.
    expect(await back).toMatchObject({ from: 'checkpoint', replayed: 5, lost: { count: 2 } })
    // The replayed ones are replayed by the next crash, too.
    const next = restarted(runtime)
    await die(ref)
    expect(await next).toMatchObject({ replayed: 5, lost: { count: 2 } })
    expect(await ref.call('notes')).toHaveLength(5)
  })

  test('a message that ends the thread as it is replayed is given up, and those behind it are replayed', async () => {
    const { ref } = await world(isolates)
    await ref.call('once', 'a')
    await ref.call('add', 'b')
    await die(ref)
    await expect
      .poll(() => ref.call('notes'))
      .toEqual([
        ['b', true],
        ['b!', true],
      ])
  })
})

test('when the log is full the later ones are lost, and told', async () => {
  const { runtime, ref } = await world('per-process', { checkpoint: { everyMs: 1e6, log: 2 } })
  for (const what of 'abcd') await ref.call('skip', what === 'a' ? 'x' : what)
  const back = restarted(runtime)
  await die(ref)
  expect(await back).toMatchObject({ replayed: 0, lost: { count: 4, from: 0, to: 3 } })
  for (const what of 'abcd') ref.cast('put', what)
  await ref.call('notes')
  const next = restarted(runtime)
  await die(ref)
  expect(await next).toMatchObject({ replayed: 2, lost: { count: 3, from: 7, to: 9 } })
})

test('behind an upgrade the checkpoint and the log are those of the new version', async () => {
  const { ref, root } = await world('per-process')
  await ref.call('skip', 'a')
  await ref.upgrade(`${root}/v2.js`)
  await expect.poll(async () => (await ref.inspect()).checkpoint?.version).toBe('2')
  ref.cast('put', 'b')
  await ref.call('notes')
  await die(ref)
  expect(await ref.call('notes')).toEqual([
    ['a', false],
    ['b', true],
  ])
})

test('without a state to go on with nothing is replayed', async () => {
  const { ref } = await world('per-process', { restart: { from: 'init' } })
  await ref.call('add', 'a')
  await die(ref)
  expect(await ref.call('notes')).toEqual([])
})

test.each([
  ["'add'", 'replayable', 'an array of names of calls and casts'],
  ["['nothing']", 'replayable[0]', 'the name of a call or cast'],
])('a definition with replayable: %s is refused', async (names, path, expected) => {
  const text = program.replace(/replayable: .*,/, `replayable: ${names},`)
  const root = await newProject({ 'v1.js': text })
  const runtime = await testRuntime()
  const error = await rejection(runtime.load(`${root}/v1.js`))
  expect(error).toMatchObject({ code: 'NOT_A_DEFINITION', path, expected })
})
