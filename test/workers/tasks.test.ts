import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const tasks = fileURLToPath(new URL('../../dist/workers/tasks.cjs', import.meta.url))

/** Ends threads at moments from their first line to long after the last module of the task has been linked. */
const program = `
  const { Worker } = require('node:worker_threads')
  const code = 'require(process.argv[2]).isolate({}).catch(() => undefined)'
  const endOne = (ms) =>
    new Promise((resolve) => {
      const worker = new Worker(code, { eval: true, argv: [${JSON.stringify(tasks)}] })
      worker.on('exit', resolve).on('error', () => undefined)
      worker.on('online', () => setTimeout(() => worker.terminate(), ms))
    })
  const main = async () => {
    for (let ms = 0; ms < 40; ms++) await Promise.all([0, 0.3, 0.6, 0.9].map((part) => endOne(ms + part)))
    console.log('all threads have gone')
  }
  main()
`

test('threads that are ended while they start do not take the process along', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program])
  expect(stdout).toBe('all threads have gone\n')
})
