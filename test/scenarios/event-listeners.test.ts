import { describe, expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { loaded, read } from './events-program.ts'

describe('an iterable that is read too slowly', () => {
  test('ends behind what waits, by default', async () => {
    const { code } = await loaded()
    const ref = await code.spawn()
    const [events, all] = [ref.events('moved'), ref.events('moved', { capacity: Infinity })]
    await ref.call('burst', 1_002)
    expect(await read(events, 1_000)).toEqual(Array.from({ length: 1_000 }, (_none, at) => at))
    expect(await rejection(events.next())).toMatchObject({
      code: 'EVENTS_MISSED',
      process: ref.id,
      expected: 'at most 1000 events that wait',
    })
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect((await read(all, 1_002)).length).toBe(1_002)
    expect([events.dropped, all.dropped]).toEqual([0, 0])
  })

  test.each([
    ['drop-oldest', [7, 8, 9]],
    ['drop-newest', [0, 1, 2]],
  ] as const)('drops, where that is asked for, and says how many: %s', async (overflow, left) => {
    const { code } = await loaded()
    const ref = await code.spawn()
    const events = ref.events('moved', { capacity: 3, overflow })
    await ref.call('burst', 10)
    expect(events.dropped).toBe(7)
    expect(await read(events, 3)).toEqual(left)
    ref.cast('tell', 'next')
    expect(await read(events, 1)).toEqual(['next'])
    expect(events.dropped).toBe(7)
  })
})

test('listeners are told once, off, and of all processes of a code', async () => {
  const { code } = await loaded()
  const ofAll: unknown[] = []
  const listener = (data: unknown): void => void ofAll.push(data)
  code.on('moved', listener).once('moved', (data) => ofAll.push(['once', data]))
  const [one, two] = [await code.spawn(), await code.spawn()]
  const own: unknown[] = []
  const ofOne = (data: unknown): void => void own.push(data)
  one.on('moved', ofOne).once('moved', ofOne)
  await one.call('emit', [
    ['moved', 1],
    ['moved', 2],
  ])
  await two.call('emit', [['moved', 3]])
  expect(own).toEqual([1, 1, 2])
  expect(ofAll).toEqual(['init of 1', ['once', 'init of 1'], 'init of 1', 1, 2, 3])
  code.off('moved', listener)
  one.off('moved', ofOne).off('moved', ofOne)
  await one.call('emit', [['moved', 4]])
  expect([own.length, ofAll.length]).toEqual([3, 6])
})

test('for await that is left listens no more', async () => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const events = ref.events('moved', { capacity: 1, overflow: 'drop-newest' })
  ref.cast('tell', 'one')
  for await (const data of events) {
    expect(data).toBe('one')
    break
  }
  await ref.call('burst', 5)
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(events.dropped).toBe(0)
})

test('the error of a listener is an uncaught exception, and others are told', async () => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const heard: unknown[] = []
  const thrown: unknown[] = []
  ref.on('moved', () => {
    throw new Error('of a listener')
  })
  ref.on('moved', (data) => heard.push(data))
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => thrown.push(error.message))
  try {
    await ref.call('burst', 2)
    await new Promise(setImmediate)
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  expect(heard).toEqual([0, 1])
  expect(thrown).toEqual(['of a listener', 'of a listener'])
})

test('data is checked by its schema, and what crosses is what was given', async () => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const events = ref.events('moved')
  const checked = ref.events('checked')
  await ref.call('emit', [['checked', ' a text ']])
  expect(await read(checked, 1)).toEqual(['a text'])
  await ref.call('evaluated', `Buffer.from('x')`)
  await ref.call('evaluated', `new Map([[1, new Set(['a'])]])`)
  await ref.call('evaluated', `undefined`)
  await ref.call('evaluated', `Object.assign(Object.create(null), { a: 1 })`)
  const [buffer, map, none, bare] = await read(events, 4)
  expect(buffer).toEqual(Buffer.from('x'))
  expect([map, none]).toEqual([new Map([[1, new Set(['a'])]]), undefined])
  expect(Object.getPrototypeOf(bare)).toBe(null)
})

test.each([1, 200])('what is changed behind an emit is heard as it was (%d)', async (length) => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const events = ref.events('moved')
  const list = `Array.from({ length: ${length} }, (_none, at) => ({ at }))`
  const change = `emit('moved', all), (all[0].at = 'later')`
  await ref.call('evaluated', `((all) => (${change}))(${list})`)
  const [all] = (await read(events, 1)) as { at: unknown }[][]
  expect(all?.[0]).toEqual({ at: 0 })
})

const wrong: readonly (readonly [given: readonly unknown[], expected: object])[] = [
  [['mvoed', 1], { code: 'UNKNOWN_EVENT', received: 'mvoed', expected: 'one of moved, checked' }],
  [['toString'], { code: 'UNKNOWN_EVENT' }],
  [[], { code: 'INVALID_OPTION', path: 'name' }],
  [[7], { code: 'INVALID_OPTION', path: 'name' }],
  [['moved', 1, 2], { code: 'INVALID_OPTION', path: 'arguments[2]' }],
  [['checked', 5], { code: 'INVALID_ARGUMENT', path: 'data', received: 'the number 5' }],
  [['checked'], { code: 'INVALID_ARGUMENT', path: 'data' }],
  [['checked', 'later'], { code: 'INVALID_ARGUMENT', path: 'data', received: 'a promise' }],
]

test('what is no event is refused with a code, and nothing is told', async () => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const [events, checked] = [ref.events('moved'), ref.events('checked')]
  for (const [given, expected] of wrong) {
    const error = await rejection(ref.call('emit', [given]))
    expect([given, error]).toMatchObject([given, expected])
  }
  for (const [expression, path] of [
    [`{ a: [() => 1] }`, 'data.a[0]'],
    [`new (class Money { amount = 1 })()`, 'data'],
    [`{ get a() { return 1 } }`, 'data.a'],
    [`{ list: [1, new Proxy({}, {})] }`, 'data.list[1]'],
  ] as const) {
    const error = await rejection(ref.call('evaluated', expression))
    expect([expression, error]).toMatchObject([expression, { code: 'UNCLONEABLE_ARGUMENT', path }])
  }
  await ref.call('emit', [
    ['moved', 'end'],
    ['checked', 'end'],
  ])
  expect(await read(events, 1)).toEqual(['end'])
  expect(await read(checked, 1)).toEqual(['end'])
})

type Loose = Record<'on' | 'once' | 'off' | 'events', (...given: unknown[]) => unknown>

/** As a program without types sees it. */
function untyped(owner: object): Loose {
  return owner as Loose
}

test('what cannot be listened to is refused with a code', async () => {
  const { code } = await loaded()
  const ref = await code.spawn()
  const [loose, ofAll] = [untyped(ref), untyped(code)]
  const nothing = (): void => undefined
  const hint = expect.stringContaining("(did you mean 'moved'?)") as string
  for (const owner of [loose, ofAll]) {
    for (const method of ['on', 'once'] as const) {
      expect(await rejection((async () => owner[method]('mvoed', nothing))())).toMatchObject({
        code: 'UNKNOWN_EVENT',
        codeName: code.name,
        message: hint,
      })
      const path = 'listener'
      expect(await rejection((async () => owner[method]('moved', 5))())).toMatchObject({ path })
      expect(await rejection((async () => owner[method](5, nothing))())).toMatchObject({
        path: 'name',
      })
      const more = rejection((async () => owner[method]('moved', nothing, 1))())
      expect(await more).toMatchObject({ code: 'INVALID_OPTION', path: 'arguments[2]' })
    }
    expect(await rejection((async () => owner.off('moved'))())).toMatchObject({ path: 'listener' })
  }
  for (const [options, path] of [
    [{ capacity: 0 }, 'capacity'],
    [{ overflow: 'grow' }, 'overflow'],
    [{ capcity: 1 }, 'capcity'],
    [5, 'options'],
  ]) {
    const error = await rejection((async () => loose.events('moved', options))())
    expect(error).toMatchObject({ code: 'INVALID_OPTION', path })
  }
  await code.unload()
  const unloaded = await rejection((async () => ofAll.on('moved', nothing))())
  expect(unloaded).toMatchObject({ code: 'CODE_UNLOADED' })
  expect(code.off('moved', nothing)).toBe(code)
})

test.each([
  ['emits: []', 'emits'],
  ['emits: { moved: 5 }', 'emits["moved"]'],
  ['emits: { moved: () => 1 }', 'emits["moved"]'],
  ['emits: new Map()', 'emits'],
])('a definition with %s is refused', async (emits, path) => {
  const { runtime, root } = await loaded({
    'bad.js': `export default { version: '1', init: () => 1, ${emits} }`,
  })
  const error = await rejection(runtime.load(`${root}/bad.js`))
  expect(error).toMatchObject({ code: 'NOT_A_DEFINITION', path })
})
