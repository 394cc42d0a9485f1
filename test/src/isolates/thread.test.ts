import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Thread } from '../../../src/isolates/thread.ts'
import type { ThreadPool } from '../../../src/isolates/thread-pool.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'
import type { IsolateStart } from '../../../src/protocol/wire/control.ts'

test('a thread that many want to end is ended once, without a warning of Node', async () => {
  const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true })
  const task = new Deferred<void>()
  const pool = { run: () => ({ thread: worker, ended: task.promise }), resourceLimits: {} }
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const thread = new Thread(pool as unknown as ThreadPool, {} as IsolateStart)
  for (let asked = 0; asked < 20; asked++) thread.terminate()
  expect(worker.listenerCount('exit')).toBeLessThan(10)
  task.reject(new Error('Terminating worker thread'))
  expect(await thread.exited).toMatchObject({ error: undefined })
  expect(warnings).toEqual([])
})
