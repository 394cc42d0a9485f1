import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Thread } from '../../../src/isolates/thread.ts'
import type { ThreadPool } from '../../../src/isolates/thread-pool.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'
import type { IsolateStart } from '../../../src/protocol/wire/control.ts'
import type { ThreadStart } from '../../../src/isolates/thread.ts'

test('a thread that many want to end is ended once, without a warning of Node', async () => {
  const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true })
  const task = new Deferred<void>()
  const pool = { run: () => ({ thread: worker, ended: task.promise }), resourceLimits: {} }
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const thread = new Thread(pool as unknown as ThreadPool, {} as ThreadStart)
  for (let asked = 0; asked < 20; asked++) thread.terminate()
  expect(worker.listenerCount('exit')).toBeLessThan(10)
  task.reject(new Error('Terminating worker thread'))
  expect(await thread.exited).toMatchObject({ error: undefined })
  expect(warnings).toEqual([])
})

/** Loads an addon until it is told that it has been loaded, as its thread tells it, and then computes for ever. */
const loadsAddon = `
const { parentPort, workerData } = require('node:worker_threads')
const loading = new Int32Array(workerData.addons)
Atomics.add(loading, 0, 1)
parentPort.postMessage('loading')
Atomics.wait(new Int32Array(workerData.word), 0, 0)
parentPort.postMessage('loaded')
Atomics.sub(loading, 0, 1)
for (;;) {}`

test('a thread that loads an addon is ended when it has loaded it', async () => {
  const word = new SharedArrayBuffer(4)
  const said: unknown[] = []
  const task = new Deferred<void>()
  const begun = new Deferred<void>()
  const run = ({ addons }: IsolateStart): object => {
    const thread = new Worker(loadsAddon, { eval: true, workerData: { addons, word } })
    thread.on('message', (message) => void said.push(message))
    thread.once('message', () => {
      begun.resolve()
    })
    thread.once('exit', () => {
      task.resolve()
    })
    return { thread, ended: task.promise }
  }
  const pool = { run, resourceLimits: {} } as unknown as ThreadPool
  const thread = new Thread(pool, {} as ThreadStart)
  await begun.promise
  thread.terminate()
  Atomics.store(new Int32Array(word), 0, 1)
  Atomics.notify(new Int32Array(word), 0)
  expect(await thread.exited).toMatchObject({ exitCode: 1 })
  expect(said).toEqual(['loading', 'loaded'])
})
