import { once } from 'node:events'
import { expect, test } from 'vitest'
import { silentLogger } from '../support/runtime.ts'
import { rejection, world } from './contract-programs.ts'

test('a crash that nobody listens for is logged, and so is the end of a process that nobody asked for', async () => {
  const lines: string[] = []
  const error = (message: string): void => void lines.push(message)
  const { code } = await world([{}], { logger: { ...silentLogger, error } })
  const ref = await code.spawn({ name: 'dying', restart: { maxRestarts: 0 } })
  await rejection(ref.call('die'))
  await expect.poll(() => lines.length).toBe(2)
  expect(lines[0]).toContain('the isolate of dying exited')
  expect(lines[1]).toContain('dying died more than 0 times')
})

test('who calls a process that died for good is told why it has stopped', async () => {
  const { runtime, code } = await world([{}])
  const ref = await code.spawn({ name: 'dying', restart: { policy: 'temporary' } })
  const stopped = once(runtime, 'stopped')
  await rejection(ref.call('die'))
  await stopped
  expect(await rejection(ref.call('log'))).toMatchObject({
    code: 'PROCESS_STOPPED',
    cause: { code: 'PROCESS_STOPPED', cause: { code: 'ISOLATE_EXITED' } },
  })
})

test('a thenable that throws fails its call, and the process goes on', async () => {
  const calls = `
    look: () => ({ get then() { throw new RangeError('no look') } }),
    ask: () => ({ then() { throw new RangeError('no answer') } }),
  `
  const { code } = await world([{ calls }])
  const ref = await code.spawn()
  await ref.call('number', 1)
  const { call } = ref as unknown as { call: (name: string) => Promise<unknown> }
  for (const [name, message] of [
    ['look', 'no look'],
    ['ask', 'no answer'],
  ] as const) {
    expect(await rejection(call.call(ref, name))).toMatchObject({ name: 'RangeError', message })
  }
  expect(await ref.call('log')).toEqual(['1:1'])
})

test('many calls under one signal make no warning of a leak, and all are aborted by it', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const { code, gates } = await world([{}])
  const ref = await code.spawn()
  const abort = new AbortController()
  const calls = Array.from({ length: 50 }, (_, index) =>
    rejection(ref.with({ signal: abort.signal }).call('wait', `g${index}`)),
  )
  await gates.reached('g0')
  abort.abort(new Error('not today'))
  for (const error of await Promise.all(calls)) {
    expect(error).toMatchObject({ code: 'CALL_ABORTED', cause: { message: 'not today' } })
  }
  // One may have begun before its thread heard that nobody waits.
  for (const index of calls.keys()) gates.open(`g${index}`)
  await ref.call('log')
  process.off('warning', note)
  expect(warnings).toEqual([])
})
