import type { LoadOptions } from 'moult'
import { expect, test } from 'vitest'
import { rejection, world } from './contract-programs.ts'
import type { Parts, World } from './contract-programs.ts'

/** Several messages are handled at once: a cast may finish beside a call that still runs. */
const several = 'concurrency: 3,'
const versions: Parts[] = [
  { fields: several },
  { fields: `${several} codeChange: { '1': 'unchanged' },` },
]

async function begin(
  load?: LoadOptions,
): Promise<World & { ref: Awaited<ReturnType<World['code']['spawn']>> }> {
  const made = await world(versions, {}, undefined, load)
  return { ...made, ref: await made.code.spawn({ name: 'several' }) }
}

test('a cast that finishes beside a running call is handled once, whatever comes later', async () => {
  const { ref, code, gates, file } = await begin()
  const waiting = ref.call('wait', 'call')
  await gates.reached('call')
  ref.cast('put', 'cast')
  await expect.poll(() => ref.call('log')).toEqual(['1:cast'])
  gates.open('call')
  await waiting
  expect(await ref.inspect()).toMatchObject({ queueLength: 0, totals: { casts: 1 } })
  await code.upgrade(file(2))
  expect(await ref.call('log')).toEqual(['1:cast'])
})

test('what moves its buffers goes through behind them', async () => {
  const { ref, gates } = await begin()
  const waiting = ref.call('wait', 'call')
  ref.cast('put', 'cast')
  await gates.reached('call')
  const bytes = new Uint8Array(8)
  const moved = ref.with({ transfer: [bytes.buffer] }).call('bytes', bytes)
  gates.open('call')
  await waiting
  expect(await moved).toBe(8)
})

test('a call that was given up while it waited beside others leaves the mailbox', async () => {
  const { ref, gates, code } = await begin({ isolates: 1 })
  const neighbour = await code.spawn()
  const waiting = ['a', 'b', 'c'].map((name) => ref.call('wait', name))
  await Promise.all(['a', 'b', 'c'].map((name) => gates.reached(name)))
  const given = rejection(ref.with({ timeoutMs: 1 }).call('number', 4))
  expect(await given).toMatchObject({ code: 'CALL_TIMEOUT' })
  // It has the thread's port in common: what was said before its answer has been heard.
  await neighbour.call('log')
  for (const name of ['a', 'b', 'c']) gates.open(name)
  await Promise.all(waiting)
  expect(await ref.call('log')).toEqual([])
  expect(await ref.inspect()).toMatchObject({ queueLength: 0 })
})

test('a thread that dies fails what ran, and not the cast that had finished beside it', async () => {
  const { runtime, ref, gates } = await begin()
  const lost: unknown[] = []
  runtime.on('castFailed', (event) => lost.push(event))
  const waiting = rejection(ref.call('wait', 'call'))
  await gates.reached('call')
  ref.cast('put', 'cast')
  await expect.poll(() => ref.call('log')).toEqual(['1:cast'])
  const dying = rejection(ref.call('die'))
  expect(await waiting).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED' })
  expect(await ref.call('log')).toEqual([])
  expect(lost).toEqual([])
})
