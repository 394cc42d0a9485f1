import { once } from 'node:events'
import type { Code, Runtime } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

const program = `
const turn = () => new Promise((resolve) => setImmediate(resolve))
export default {
  version: '1',
  init: (args) => ({ count: args.start }),
  calls: {
    get: (state) => state.count,
    wait: () => new Promise(() => undefined),
    atOnce: () => process.exit(3),
    afterAwait: async () => { await turn(); process.exit(3) },
    fromTimer: () => { setTimeout(() => process.exit(3), 1); return new Promise(() => undefined) },
    afterwards: () => { setTimeout(() => process.exit(3), 1) },
    loop: () => { for (;;); },
  },
}
`

type Way = 'atOnce' | 'afterAwait' | 'fromTimer' | 'afterwards'

interface Program {
  readonly version: string
  readonly init: (args: { start: number }) => { count: number }
  readonly calls: Readonly<
    Record<Way | 'get' | 'wait' | 'loop', (state: { count: number }) => number>
  >
}

async function start(): Promise<{ runtime: Runtime; code: Code<Program> }> {
  const root = await newProject({ 'v1.js': program })
  const runtime = await testRuntime({ exitGraceMs: 200 })
  return { runtime, code: await runtime.load<Program>(`${root}/v1.js`, { isolates: 1 }) }
}

const restart = { maxRestarts: 3, withinMs: 600_000 }

test.each(['atOnce', 'afterAwait', 'fromTimer', 'afterwards'] as const)(
  'a process that ends its thread over and over (%s) is given up, and its neighbours go on',
  async (way) => {
    const { runtime, code } = await start()
    const bad = await code.spawn({ name: 'bad', args: { start: 0 }, restart })
    const neighbours = await Promise.all(
      Array.from({ length: 50 }, (_none, start) =>
        code.spawn({ args: { start }, restart: { ...restart, maxRestarts: start % 2 } }),
      ),
    )
    const stopped: string[] = []
    runtime.on('stopped', ({ process }) => stopped.push(process))
    for (let life = 0; life < 4; life++) {
      await Promise.all([bad, ...neighbours].map((ref) => ref.call('get')))
      // Handlers of others are under way as well.
      const waiting = neighbours.slice(0, 10).map((ref) => rejection(ref.call('wait')))
      const crashed = once(runtime, 'crashed')
      void rejection(bad.call(way))
      await crashed
      for (const error of await Promise.all(waiting)) {
        expect(error).toMatchObject({ code: 'ISOLATE_EXITED' })
      }
    }
    await expect.poll(() => stopped).toEqual(['bad'])
    const counts = await Promise.all(neighbours.map((ref) => ref.call('get')))
    expect(counts).toEqual(neighbours.map((_ref, index) => index))
    // What its neighbours have done themselves counts as ever.
    void rejection(neighbours[0]!.call('atOnce'))
    await expect.poll(() => stopped).toEqual(['bad', neighbours[0]!.id])
    expect(await neighbours[1]!.call('get')).toBe(1)
  },
)

test('a process that holds the thread as it is stopped takes nobody along for good', async () => {
  const { runtime, code } = await start()
  const good = await code.spawn({ args: { start: 7 }, restart: { ...restart, maxRestarts: 0 } })
  const stopped: string[] = []
  runtime.on('stopped', ({ process }) => stopped.push(process))
  for (const name of ['one', 'two']) {
    const bad = await code.spawn({ name, args: { start: 0 } })
    const held = rejection(bad.call('loop'))
    await bad.stop({ timeoutMs: 50 })
    expect(await held).toMatchObject({ code: 'PROCESS_STOPPED' })
    expect(await good.call('get')).toBe(7)
  }
  expect(stopped).toEqual(['one', 'two'])
})

test('a process that is made while another ends the thread is made', async () => {
  const { code } = await start()
  const bad = await code.spawn({ args: { start: 0 }, restart })
  await bad.call('get')
  void rejection(bad.call('atOnce'))
  const spawned = await Promise.all(
    Array.from({ length: 20 }, (_none, start) =>
      code.spawn({ args: { start }, restart: { ...restart, maxRestarts: 1 } }),
    ),
  )
  const counts = await Promise.all(spawned.map((ref) => ref.call('get')))
  expect(counts).toEqual(spawned.map((_ref, index) => index))
})
