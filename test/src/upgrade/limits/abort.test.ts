import { expect, test } from 'vitest'
import { Deferred } from '../../../../src/protocol/deferred.ts'
import { MoultError } from '../../../../src/protocol/errors.ts'
import { unlessAborted } from '../../../../src/upgrade/limits/abort.ts'

const late = (): MoultError => new MoultError('SUSPEND_TIMEOUT', 'too late')

test('what work comes to is what is waited for, whichever way it ends', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1)
  expect(await unlessAborted(Promise.resolve(2), signal, 60_000, late)).toBe(2)
  const error = new RangeError('no')
  await expect(unlessAborted(Promise.reject(error), signal, 60_000, late)).rejects.toBe(error)
  // A timer that is left fails this file: see test/support/leaks.ts.
})

test('an abort is told to all who wait under the signal, and to whoever comes later', async () => {
  const abort = new AbortController()
  const never = new Deferred<never>().promise
  const waiting = [
    unlessAborted(never, abort.signal),
    unlessAborted(never, abort.signal, 60_000, late),
  ]
  const done = unlessAborted(Promise.resolve('done'), abort.signal)
  await done
  abort.abort(new RangeError('enough'))
  for (const each of [...waiting, unlessAborted(never, abort.signal, 60_000, late)]) {
    await expect(each).rejects.toMatchObject({
      code: 'UPGRADE_ABORTED',
      cause: { message: 'enough' },
    })
  }
})

test('work that fails after it was given up is nobody’s rejection', async () => {
  const abort = new AbortController()
  const work = new Deferred<never>()
  const waiting = unlessAborted(work.promise, abort.signal, 0, late)
  await expect(waiting).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
  work.reject(new Error('later'))
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
})

test('ten thousand may wait under one signal', async () => {
  const abort = new AbortController()
  const never = new Deferred<never>().promise
  const all = Array.from({ length: 10_000 }, () => unlessAborted(never, abort.signal))
  abort.abort()
  const codes = await Promise.all(
    all.map((each) => each.catch((error: unknown) => (error as MoultError).code)),
  )
  expect(new Set(codes)).toEqual(new Set(['UPGRADE_ABORTED']))
})
