import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { AddonLoading } from '../../../../src/protocol/wire/addon-loading.ts'

test('a thread is not ended while it loads addons, one of which loads another', () => {
  const memory = AddonLoading.allocate()
  const [thread, main] = [new AddonLoading(memory), new AddonLoading(memory)]
  thread.begin()
  thread.begin()
  expect(main.refuse()).toBe(false)
  thread.end()
  expect(main.refuse()).toBe(false)
  thread.end()
  expect([main.refuse(), main.refuse()]).toEqual([true, true])
})

test('a thread that is being ended waits for that before it loads another', async () => {
  const memory = AddonLoading.allocate()
  expect(new AddonLoading(memory).refuse()).toBe(true)
  const worker = new Worker(new URL('./addon-loader.mjs', import.meta.url), { workerData: memory })
  const said: unknown[] = []
  worker.on('message', (message) => void said.push(message))
  // How many threads wait there: they wait again.
  await expect.poll(() => Atomics.notify(new Int32Array(memory), 0)).toBe(1)
  await worker.terminate()
  expect(said).toEqual([])
})
