import type { Code, ProcessRef, Runtime } from 'moult'
import { describe, expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

const source = (version: string, fields: string): string => `
import { AsyncLocalStorage } from 'node:async_hooks'
const store = new AsyncLocalStorage()
const seen = () => store.getStore() ?? 'nothing'
export default {
  version: '${version}',
  init: (args, { self }) => {
    const first = seen()
    store.enterWith('init of ' + self.id)
    return { first }
  },
  calls: {
    first: (state) => state.first,
    look: () => seen(),
    lookLater: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return seen()
    },
    enter: (_state, value) => store.enterWith(value),
    enterAndWait: async (_state, value) => {
      store.enterWith(value)
      await new Promise((resolve) => setImmediate(resolve))
      return seen()
    },
    waitAndEnter: async (_state, value) => {
      await null
      store.enterWith(value)
      await new Promise((resolve) => setImmediate(resolve))
      return seen()
    },
    run: (_state, value) => store.run(value, () => seen()),
  },
  casts: { put: (_state, value) => store.enterWith(value) },
  ${fields}
}
`

const migration = `codeChange: { '1': (state) => {
    const found = seen()
    store.enterWith('codeChange')
    return { first: found }
  } },`

interface Program {
  readonly version: string
  readonly init: () => { first: string }
  readonly calls: {
    readonly first: (state: { first: string }) => string
    readonly look: () => string
    readonly lookLater: () => string
    readonly enter: (state: unknown, value: string) => void
    readonly enterAndWait: (state: unknown, value: string) => string
    readonly waitAndEnter: (state: unknown, value: string) => string
    readonly run: (state: unknown, value: string) => string
  }
  readonly casts: { readonly put: (state: unknown, value: string) => void }
}

interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly refs: readonly ProcessRef<Program>[]
  readonly root: string
}

async function start(isolates: 1 | 'per-process', fields = ''): Promise<World> {
  const root = await newProject({
    'v1.js': source('1', fields),
    'v2.js': source('2', migration),
  })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`, { name: 'program', isolates })
  const refs = [await code.spawn(), await code.spawn(), await code.spawn()]
  return { runtime, code, refs, root }
}

describe.each([1, 'per-process'] as const)('where isolates is %s', (isolates) => {
  test('what a handler enters is seen by no other message, of no process, and by itself', async () => {
    const { refs } = await start(isolates)
    for (const enter of ['enter', 'enterAndWait', 'waitAndEnter', 'run'] as const) {
      // In one batch, and mixed.
      const replies = await Promise.all(
        refs.flatMap((ref, index) => [
          ref.call('look'),
          ref.call(enter, `mine ${index}`),
          ref.call('look'),
          ref.call(enter, 'mine again'),
          ref.call('lookLater'),
          ref.call('look'),
        ]),
      )
      const own = (text: string): string | undefined => (enter === 'enter' ? undefined : text)
      const expected = refs.flatMap((_ref, index) => [
        'nothing',
        own(`mine ${index}`),
        'nothing',
        own('mine again'),
        'nothing',
        'nothing',
      ])
      expect(replies, enter).toEqual(expected)
      // And after each other.
      for (const ref of refs) {
        await ref.call(enter, 'mine')
        for (const each of refs) expect(await each.call('look')).toBe('nothing')
      }
    }
  })

  test('casts and messages of one kind in a row see nothing of each other', async () => {
    const { refs } = await start(isolates)
    for (const ref of refs) for (let count = 0; count < 100; count++) ref.cast('put', 'mine')
    const looks = refs.flatMap((ref) => Array.from({ length: 100 }, () => ref.call('look')))
    expect(new Set(await Promise.all(looks))).toEqual(new Set(['nothing']))
    const rows = refs.flatMap((ref) =>
      Array.from({ length: 100 }, (_none, count) => ref.call('enterAndWait', String(count))),
    )
    const found = await Promise.all(rows)
    expect(found).toEqual(found.map((_each, index) => String(index % 100)))
  })

  test('init, codeChange and onLoad leave nothing behind, and find nothing', async () => {
    const { code, refs, root } = await start(isolates, `onLoad: () => store.enterWith('onLoad'),`)
    for (const ref of refs) expect(await ref.call('first')).toBe('nothing')
    await Promise.all(refs.map((ref) => ref.call('enter', 'before')))
    await code.upgrade(`${root}/v2.js`)
    for (const ref of refs) {
      expect([ref.version, await ref.call('first'), await ref.call('look')]).toEqual([
        '2',
        'nothing',
        'nothing',
      ])
    }
  })
})
