// @module-tag once
import type { ProcessRef } from 'moult'
import { describe, expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, Program, World } from './contract-programs.ts'

/** `go` passes its gate, and then calls the first of `to` with the rest. */
const walking = `
  go: async (_state, { gate, to: [next, ...rest] }, context) => {
    if (gate !== undefined) await context.services.gates.pass(gate)
    return next === undefined ? 'end' : context.call(next, 'go', { to: rest })
  },
  leave: async (_state, to, context) => {
    context.letGo()
    await context.services.gates.pass(context.self.name)
    return context.call(to, 'number', 7)
  },
  begin: (_state, to, context) => { void context.call(to, 'number', 7).then((got) => context.cast(to, 'put', got)) },
`

interface Walk {
  readonly gate?: string
  readonly to: readonly string[]
}

interface Walking extends Omit<Program, 'calls'> {
  readonly calls: Program['calls'] & {
    readonly go: (state: unknown, walk: Walk) => Promise<string>
    readonly leave: (state: unknown, to: string) => Promise<number>
    readonly begin: (state: unknown, to: string) => void
  }
}

type Walker = ProcessRef<Walking>

async function walkers(
  concurrency: number,
  names: readonly string[] = ['a', 'b', 'c'],
): Promise<World & { readonly all: readonly Walker[] }> {
  const version: Parts = { calls: walking, fields: `concurrency: ${concurrency},` }
  const next = { ...version, fields: `${version.fields ?? ''} codeChange: { '1': 'unchanged' },` }
  const made = await world([version, next])
  const all: Walker[] = []
  for (const name of names) all.push((await made.code.spawn({ name })).as<Walking>())
  return { ...made, all }
}

const refused = { code: 'CALL_CYCLE' }

describe('handlers that would wait for each other', () => {
  test('are told, whichever way the calls go round, and the processes go on', async () => {
    const { all } = await walkers(1)
    const [a, b, c] = all as [Walker, Walker, Walker]
    expect(await rejection(a.call('go', { to: ['b', 'a'] }))).toMatchObject({
      ...refused,
      process: 'b',
      circle: ['b', 'a'],
      message:
        "b called a ('go') and would wait for itself, for these wait for each other: b → a → b",
    })
    const three = await rejection(a.call('go', { to: ['b', 'c', 'a'] }))
    expect(three).toMatchObject({ ...refused, process: 'c', circle: ['c', 'a', 'b'] })
    // The first of the walk waits, too, and is no part of the circle.
    const two = await rejection(a.call('go', { to: ['b', 'c', 'b'] }))
    expect(two).toMatchObject({ ...refused, process: 'c', circle: ['c', 'b'] })
    const own = await rejection(a.call('go', { to: ['a'] }))
    expect(own).toMatchObject({ code: 'SELF_CALL', process: 'a' })
    expect(own).not.toHaveProperty('circle')
    for (const each of [a, b, c]) expect(await each.call('number', 7)).toBe(7)
    expect(await a.call('go', { to: ['b', 'c'] })).toBe('end')
  })

  test('are told, though each was begun from outside: one of them, and the other is answered', async () => {
    const { all, gates } = await walkers(1)
    const [a, b] = all as [Walker, Walker]
    const both = [a.call('go', { gate: 'a', to: ['b'] }), b.call('go', { gate: 'b', to: ['a'] })]
    const told = Promise.allSettled(both)
    await Promise.all([gates.reached('a'), gates.reached('b')])
    gates.open('a')
    gates.open('b')
    const reasons = (await told).map((each): unknown =>
      each.status === 'rejected' ? each.reason : each.value,
    )
    expect(reasons).toContain('end')
    expect(reasons).toContainEqual(expect.objectContaining(refused))
  })

  test('are told where a process makes its state anew', async () => {
    const fields = `init: async (_args, { call, self }) => {
      if (self.name === 'a') await call('b', 'relay', 'a').catch((error) => log.push(error.code))
      return { log: [...log] }
    },`
    const { code } = await world([{ top: 'const log = []', fields }])
    await code.spawn({ name: 'b' })
    const a = await code.spawn({ name: 'a' })
    expect(await a.call('log')).toEqual(['UNKNOWN_PROCESS'])
    await rejection(a.call('die'))
    expect(await a.call('log')).toEqual(['CALL_CYCLE'])
  })
})

describe('a call back', () => {
  test('is handled as long as there is room', async () => {
    const { all } = await walkers(2)
    const [a] = all as [Walker]
    expect(await a.call('go', { to: ['b', 'a', 'b'] })).toBe('end')
    const full = await rejection(a.call('go', { to: ['b', 'a', 'b', 'a'] }))
    expect(full).toMatchObject({ ...refused, circle: ['b', 'a'] })
    expect(await a.call('go', { to: ['b', 'a', 'c'] })).toBe('end')
  })

  test('is handled where the handler that is called back has ended', async () => {
    const { all } = await walkers(1)
    const [a, b] = all as [Walker, Walker]
    await a.call('begin', 'b')
    expect(await b.call('go', { to: ['a'] })).toBe('end')
    await expect.poll(() => b.call('log')).toEqual(['1:7', '1:7'])
  })

  test('of one that has let go is handled by the version that has taken over', async () => {
    const { code, file, gates, all } = await walkers(1)
    const [a, b] = all as [Walker, Walker]
    const left = [a.call('leave', 'a'), b.call('leave', 'a')]
    await Promise.all([gates.reached('a'), gates.reached('b')])
    const upgrade = code.upgrade(file(2), { drainTimeoutMs: 60_000 })
    await expect.poll(() => [a.version, b.version]).toEqual(['2', '2'])
    gates.open('a')
    gates.open('b')
    expect(await Promise.all(left)).toEqual([7, 7])
    await upgrade
    expect(await a.call('log')).toEqual(['2:7', '2:7'])
  })
})
