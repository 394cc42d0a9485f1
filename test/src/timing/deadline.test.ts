import { expect, test } from 'vitest'
import { withDeadline } from '../../../src/timing/deadline.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'

const late = (): Error => new Error('late')
const never = new Promise<never>(() => undefined)

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}

test('what is done in time comes through, value or reason', async () => {
  expect(await withDeadline(Promise.resolve(1), 60_000, late)).toBe(1)
  await expect(withDeadline(Promise.reject(new TypeError('own')), 60_000, late)).rejects.toThrow(
    'own',
  )
})

test('what is not done in time is late, and its later failure disturbs nobody', async () => {
  const slow = new Deferred<number>()
  await expect(withDeadline(slow.promise, 1, late)).rejects.toThrow('late')
  slow.reject(new Error('too late to matter'))
  await new Promise(setImmediate)
})

test('a deadline of no time still lets through what is done already', async () => {
  expect(await withDeadline(Promise.resolve('done'), 0, late)).toBe('done')
  await expect(withDeadline(never, 0, late)).rejects.toThrow('late')
})

test('no timer is left behind', async () => {
  const before = timers()
  await withDeadline(Promise.resolve(), 60_000, late)
  await withDeadline(Promise.reject(new Error('x')), 60_000, late).catch(() => undefined)
  expect(timers()).toBe(before)
})

test.each([Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER])(
  'a deadline of %d ms does not come at once',
  async (timeoutMs) => {
    const work = new Deferred<string>()
    const result = withDeadline(work.promise, timeoutMs, late)
    // A timer of Node's that is given too long a time fires before this one.
    setTimeout(() => work.resolve('in time'), 5)
    expect(await result).toBe('in time')
  },
)

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
