import { describe, expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'

const taken = (concurrency: number): string => `
  concurrency: ${concurrency},
  init: async (_args, { self, call }) => {
    const code = await call(self.id, 'log').then(() => 'none', (error) => error.code)
    return { log: [code] }
  },
  calls: {
    log: (state) => state.log,
    self: (_state, depth, { call, self }) =>
      depth === 0 ? 'end' : call(self.name, 'self', depth - 1),
    late: async (_state, depth, { call, self }) => {
      await new Promise(setImmediate)
      return depth === 0 ? 'end' : call(self.id, 'late', depth - 1)
    },
    cast: (_state, text, { cast, self }) => cast(self.name, 'note', text),
    move: (_state, size, { transfer }) => {
      const bytes = new Uint8Array(size)
      setImmediate(() => { left = bytes.byteLength })
      return transfer(bytes, [bytes.buffer])
    },
    left: async () => { await new Promise(setImmediate); return left },
    rename: (_state, name, { self }) => Reflect.set(self, 'name', name),
    newest: (_state, _none, { upgradeSelf }) => upgradeSelf(),
  },
  casts: { note: (state, text) => void state.log.push(text) },`

interface Open {
  call(name: string, payload?: unknown): Promise<unknown>
}

async function start(concurrency: number): Promise<Open> {
  const { code } = await world([{ top: 'let left', fields: taken(concurrency) }])
  return await code.spawn({ name: 'self' })
}

describe('a context', () => {
  test('may be taken apart: each function of it works alone', async () => {
    const ref = await start(1)
    await ref.call('cast', 'said')
    expect(await ref.call('log')).toEqual(['SELF_CALL', 'said'])
    expect(await ref.call('move', 8)).toEqual(new Uint8Array(8))
    expect(await ref.call('left')).toBe(0)
    expect(await ref.call('newest')).toBe(undefined)
    // What main is told of a process is told by its `self`.
    expect(await ref.call('rename', 'other')).toBe(false)
  })

  test.each(['self', 'late'])(
    'lets a process call itself as far as there is room (%s)',
    async (name) => {
      const [alone, four] = [await start(1), await start(4)]
      expect(await rejection(alone.call(name, 1))).toMatchObject({ code: 'SELF_CALL' })
      expect(await four.call(name, 3)).toBe('end')
      expect(await rejection(four.call(name, 4))).toMatchObject({ code: 'SELF_CALL' })
      const many = await Promise.allSettled(Array.from({ length: 20 }, () => four.call(name, 1)))
      const told = many.map((each) =>
        each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code,
      )
      expect(told.every((each) => each === 'end' || each === 'SELF_CALL')).toBe(true)
      expect(await four.call(name, 3)).toBe('end')
    },
  )
})
