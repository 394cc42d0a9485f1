import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { describe, expect, test } from 'vitest'
import { Money, url } from '../fixtures/declared/messages.ts'
import type declaredMessages from '../fixtures/declared/messages.ts'
import type undeclaredMessages from '../fixtures/declared/messages-undeclared.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

type Declared = typeof declaredMessages
type Undeclared = typeof undeclaredMessages

const files = {
  declared: fixture('declared/messages.ts'),
  undeclared: fixture('declared/messages-undeclared.ts'),
}
const onMain = { classes: { Money }, codecs: { url } }
const home = new URL('https://example.org/')

interface World {
  readonly runtime: Runtime
  readonly gates: TestGates
  readonly code: Code<Declared>
  readonly ref: ProcessRef<Declared>
}

async function world(
  options: RuntimeOptions = onMain,
  isolates: 'per-process' | number = 'per-process',
): Promise<World> {
  const gates = new TestGates()
  const runtime = await testRuntime({ ...options, services: gates.services })
  const code = await runtime.load<Declared>(files.declared, { isolates })
  return { runtime, gates, code, ref: await code.spawn({ name: 'one', args: undefined }) }
}

function transfer(cents: number) {
  const amount = new Money(cents)
  return { amount, to: home, copies: [amount, amount] }
}

describe.each(['per-process', 2] as const)('in isolates: %s', (isolates) => {
  test('payloads and replies between main and a process are what they were', async () => {
    const { ref } = await world(onMain, isolates)
    const given = transfer(700)
    const paid = await ref.call('pay', given)
    expect(paid).toEqual({ total: new Money(700), link: new URL('/paid', home), isOne: true })
    expect(paid.total).toBeInstanceOf(Money)
    expect(given).toEqual(transfer(700))
    expect((await ref.call('lone', home)).href).toBe('https://example.org/lone')
    const all = await Promise.all([1, 2, 3].map((each) => ref.call('pay', transfer(each))))
    expect(all.map(({ total }) => total.cents)).toEqual([701, 703, 706])
    expect((await ref.state()).total).toEqual(new Money(706))
  })

  test('so are those between processes, of which main declares nothing', async () => {
    const { code, ref } = await world({}, isolates)
    const other = await code.spawn({ name: 'other', args: undefined })
    await other.call('notes')
    const by = await code.spawn({ name: 'by', args: undefined })
    // It is made in a process: main cannot send it.
    await expect(by.call('payBy', ['one', transfer(5)])).rejects.toMatchObject({
      code: 'UNCLONEABLE_ARGUMENT',
      path: 'payload[1].amount',
    })
    expect(await ref.call('notes')).toEqual([])
  })

  test('a process that calls another, its timers and its casts', async () => {
    const { code, ref } = await world(onMain, isolates)
    const by = await code.spawn({ name: 'by', args: undefined })
    expect(await by.call('payBy', ['one', transfer(250)])).toEqual([250, '/paid', true])
    await by.call('remind', home)
    await expect.poll(() => by.call('notes')).toEqual(['example.org', 'example.org'])
    expect(await ref.call('total')).toEqual(new Money(250))
  })

  test('the argument of init, also after a crash', async () => {
    const { code } = await world(onMain, isolates)
    const ref = await code.spawn({ name: 'rich', args: { start: new Money(9), home } })
    expect(await ref.call('total')).toEqual(new Money(9))
    expect(await ref.call('host')).toBe('example.org')
    const lone = await code.spawn({ name: 'lone', args: home })
    expect(await lone.call('host')).toBe('example.org')
  })
})

test('buffers move with a payload that is encoded', async () => {
  const { ref } = await world()
  const bytes = new Uint8Array([1, 2, 3])
  const sent = ref.with({ transfer: [bytes.buffer] }).call('plain', { bytes, home })
  expect(bytes.byteLength).toBe(0)
  expect(await sent).toEqual({ bytes: new Uint8Array([1, 2, 3]), home })
})

describe('what is not declared where it arrives', () => {
  test('on main is an error of the call, and the process goes on', async () => {
    const { ref } = await world({ codecs: { url } })
    await expect(ref.call('total')).rejects.toMatchObject({
      code: 'NOT_DECLARED',
      path: 'reply',
      expected: 'classes: { Money }',
      message: 'reply is an instance of Money, and createRuntime declares no class of this name',
    })
    await expect(ref.state()).rejects.toMatchObject({ code: 'NOT_DECLARED', path: 'state.total' })
    await expect(ref.call('plain', { place: [home] })).resolves.toEqual({ place: [home] })
    await expect(ref.call('plain', new Money(1))).rejects.toMatchObject({
      code: 'UNCLONEABLE_ARGUMENT',
      path: 'payload',
    })
    expect(await ref.call('notes')).toEqual([])
  })

  test('in a process is an error of its sender, and of a cast that of the runtime', async () => {
    const { runtime } = await world()
    const code = await runtime.load<Undeclared>(files.undeclared)
    const ref = await code.spawn({ name: 'poor' })
    const failed = new Promise((resolve) => runtime.once('castFailed', resolve))
    ref.cast('note', { at: home })
    expect(await failed).toMatchObject({
      error: { code: 'NOT_DECLARED', path: 'payload.at', expected: 'codecs: { url }' },
    })
    await expect(ref.call('pay', transfer(1))).rejects.toMatchObject({
      code: 'NOT_DECLARED',
      path: 'payload.amount',
    })
    await expect(ref.call('askFor', 'one')).rejects.toMatchObject({
      code: 'NOT_DECLARED',
      path: 'reply',
    })
    expect(await ref.call('plain', { a: 1 })).toEqual({ a: 1 })
  })

  test('and waits when an upgrade begins, refuses it', async () => {
    const { code, ref, gates } = await world()
    const held = ref.call('hold', 'gate')
    await gates.reached('gate')
    const waiting = ref.call('pay', transfer(3))
    const options = { allowRemoved: true, rehearse: false } as const
    const upgrade = code.upgrade<Undeclared>(files.undeclared, options)
    await expect(upgrade).rejects.toMatchObject({ code: 'MAILBOX_REFUSED' })
    gates.open('gate')
    await held
    expect((await waiting).total).toEqual(new Money(3))
    expect(ref.version).toBe('1.0.0')
  })
})

test.each([
  [{ classes: { Money: 1 } }, 'classes["Money"]'],
  [{ classes: new Map() }, 'classes'],
  [{ classes: { Url: URL } }, 'classes["Url"]'],
  [{ codecs: { url: { is: () => true } } }, 'codecs["url"]'],
])('createRuntime refuses %o', async (options, path) => {
  await expect(async () => testRuntime(options as unknown as RuntimeOptions)).rejects.toMatchObject(
    {
      code: 'INVALID_OPTION',
      path,
    },
  )
})
