import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type * as Pools from '../../../src/isolates/job-pool.ts'
import { serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import { CandidateCell } from '../../../src/protocol/jobs/candidate.ts'
import { builtModule } from '../../support/built-module.ts'
import { temporaryFolder } from '../../support/project.ts'

const { JobPool } = await builtModule<typeof Pools>('src/isolates/job-pool.js')

function pool(startTimeoutMs?: number): Pools.JobPool {
  const limit = startTimeoutMs === undefined ? {} : { startTimeoutMs }
  const made = new JobPool({ name: 'the printer', idleMs: 60_000, ...limit })
  onTestFinished(() => made.close())
  return made
}

/** A small job: the text of a state. */
const print = { print: serialise({ count: 1 }) }

test('a job is done in a thread that is started for it', async () => {
  const jobs = pool()
  expect(jobs.isAlive).toBe(false)
  expect(await jobs.run('search', print)).toBe('{ count: 1 }')
  expect(jobs.isAlive).toBe(true)
})

test('what a job throws comes back', async () => {
  await expect(pool().run('search', { print: null })).rejects.toBeInstanceOf(TypeError)
})

test('an abort ends the thread, and the next job gets another', async () => {
  const jobs = pool()
  const abort = new AbortController()
  const job = jobs.run('search', print, abort.signal)
  abort.abort()
  await expect(job).rejects.toThrow(/abort/i)
  expect(await jobs.run('search', print)).toBe('{ count: 1 }')
})

test('a thread that ends with its job leaves those behind it to another', async () => {
  const jobs = pool()
  const ending = new URL('../../fixtures/threads/ends-at-once.mjs', import.meta.url).href
  const request = {
    older: ending,
    newer: ending,
    samples: [],
    runs: 1,
    seed: 1,
    limitMs: 10_000,
    ignore: [],
    candidate: new CandidateCell().memory,
  }
  const ends = jobs.run('search', request).catch((error: unknown) => error)
  const behind = [jobs.run('search', print), jobs.run('search', print)]
  expect(await ends).toMatchObject({ message: 'worker exited with code: 5' })
  expect(await Promise.all(behind)).toEqual(['{ count: 1 }', '{ count: 1 }'])
})

test('once closed, what was under way and what comes later is told so', async () => {
  const jobs = pool()
  const running = jobs.run('search', print)
  const closing = jobs.close()
  const late = jobs.run('search', print)
  const closed = { code: 'RUNTIME_CLOSED', message: 'the printer has been closed' }
  await expect(running).rejects.toMatchObject(closed)
  await expect(late).rejects.toMatchObject(closed)
  await closing
  expect(jobs.isAlive).toBe(false)
})

test('a thread that hangs as it starts keeps its jobs no longer than the limit, and others get another', async () => {
  const preload = path.join(await temporaryFolder(), 'preload.cjs')
  const hang = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
  await writeFile(preload, `if (!require('worker_threads').isMainThread) ${hang}`)
  process.env['NODE_OPTIONS'] = `--require ${preload}`
  onTestFinished(() => {
    delete process.env['NODE_OPTIONS']
  })
  const jobs = pool(3000)
  const message: unknown = expect.stringMatching(
    `the thread of the printer did not run within 3000 ms .*${preload}`,
  )
  await expect(jobs.run('search', print)).rejects.toMatchObject({ code: 'LOAD_TIMEOUT', message })
  delete process.env['NODE_OPTIONS']
  expect(await jobs.run('search', print)).toBe('{ count: 1 }')
})
