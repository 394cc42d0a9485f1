import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { fulfilsWithin, withDeadline } from '../../../src/timing/deadline.ts'
import { mainTurns } from '../../../src/timing/main-turns.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'

const late = (): Error => new Error('late')
const never = new Promise<never>(() => undefined)

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}

/** The deadlines that there are, none of which comes. */
function farDeadlines() {
  const { signal } = new AbortController()
  const timeoutMs = 60_000
  return [{}, { timeoutMs, late }, { signal }, { timeoutMs, late, signal }]
}

test('what is done in time comes through, value or reason', async () => {
  const error = new TypeError('own')
  for (const deadline of farDeadlines()) {
    expect(await withDeadline(Promise.resolve(1), deadline)).toBe(1)
    await expect(withDeadline(Promise.reject(error), deadline)).rejects.toBe(error)
  }
})

test('where there is no deadline, the work itself is waited for', () => {
  expect(withDeadline(never, {})).toBe(never)
  expect(withDeadline(never, { timeoutMs: Infinity, late })).toBe(never)
})

test('what is not done in time is late, and its later failure disturbs nobody', async () => {
  const slow = new Deferred<number>()
  await expect(withDeadline(slow.promise, { timeoutMs: 1, late })).rejects.toThrow('late')
  slow.reject(new Error('too late to matter'))
  await new Promise(setImmediate)
})

test('a deadline of no time still lets through what is done already', async () => {
  expect(await withDeadline(Promise.resolve('done'), { timeoutMs: 0, late })).toBe('done')
  await expect(withDeadline(never, { timeoutMs: 0, late })).rejects.toThrow('late')
})

test('no timer is left behind', async () => {
  const before = timers()
  const abort = new AbortController()
  const deadline = { timeoutMs: 60_000, late, signal: abort.signal }
  await withDeadline(Promise.resolve(), deadline)
  await withDeadline(Promise.reject(new Error('x')), deadline).catch(() => undefined)
  const waiting = withDeadline(never, deadline).catch(() => undefined)
  abort.abort()
  await waiting
  await withDeadline(never, deadline).catch(() => undefined)
  expect(timers()).toBe(before)
})

test.each([Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER])(
  'a deadline of %d ms does not come at once',
  async (timeoutMs) => {
    const work = new Deferred<string>()
    const result = withDeadline(work.promise, { timeoutMs, late })
    // A timer of Node's that is given too long a time fires before this one.
    setTimeout(() => work.resolve('in time'), 5)
    expect(await result).toBe('in time')
  },
)

test('an abort fails all that wait under the signal, and those that come later, with its reason', async () => {
  const abort = new AbortController()
  const { signal } = abort
  const timeoutMs = 60_000
  const waiting = [
    withDeadline(never, { signal }),
    withDeadline(never, { timeoutMs, late, signal }),
  ]
  const done = withDeadline(Promise.resolve('done'), { signal })
  expect(await done).toBe('done')
  const reason = new RangeError('enough')
  abort.abort(reason)
  waiting.push(withDeadline(never, { signal }), withDeadline(never, { timeoutMs, late, signal }))
  for (const each of waiting) await expect(each).rejects.toBe(reason)
})

test('the first end of a wait is the only one', async () => {
  const abort = new AbortController()
  const work = new Deferred<never>()
  const waiting = withDeadline(work.promise, { timeoutMs: 0, late, signal: abort.signal })
  await expect(waiting).rejects.toThrow('late')
  work.reject(new Error('later'))
  abort.abort()
  await expect(waiting).rejects.toThrow('late')
})

test('work that fails under a signal that was aborted before is no unhandled rejection', async () => {
  const work = new Deferred<never>()
  const waiting = withDeadline(work.promise, { signal: AbortSignal.abort(new Error('enough')) })
  work.reject(new Error('later'))
  await expect(waiting).rejects.toThrow('enough')
  await new Promise(setImmediate)
})

test('whether work is fulfilled in time', async () => {
  expect(await fulfilsWithin(Promise.resolve(), 60_000)).toBe(true)
  expect(await fulfilsWithin(Promise.resolve(), Infinity)).toBe(true)
  expect(await fulfilsWithin(Promise.reject(new Error('x')), 60_000)).toBe(false)
  expect(await fulfilsWithin(never, 1)).toBe(false)
})

test('a deferred settles once, by its two ends', async () => {
  const deferred = new Deferred<number>()
  deferred.resolve(1)
  deferred.resolve(2)
  deferred.reject(new Error('x'))
  expect(await deferred.promise).toBe(1)
})

test('a deferred that fails before anybody waits is no unhandled rejection', async () => {
  const deferred = new Deferred<number>()
  deferred.reject(new Error('early'))
  await new Promise(setImmediate)
  await expect(deferred.promise).rejects.toThrow('early')
})

test.each(['a port', 'what was put aside of a port'])(
  'an answer that has come in time counts, though main was too busy to read it: in %s',
  async (where) => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const answer = new Deferred<unknown>()
    const reader = { read: (message: unknown) => answer.resolve(message) }
    const answered = answer.promise.then((value) => value)
    const waiting = withDeadline(answered, { timeoutMs: 1, late })
    port1.on('message', (message: unknown) => mainTurns.receive(reader, message))
    port2.postMessage('in time')
    busy(10)
    if (where !== 'a port') {
      // Main is never the first to have a turn: each of these keeps it busy for one.
      for (let others = 0; others < 5; others++) {
        mainTurns.receive({ read: () => void Promise.resolve().then(() => busy(6)) }, others)
      }
    }
    expect(await waiting).toBe('in time')
  },
)

/** Holds main for so many ms. */
function busy(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
