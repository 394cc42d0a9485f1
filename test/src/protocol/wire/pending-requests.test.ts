import { expect, test } from 'vitest'
import { Deferred } from '../../../../src/protocol/deferred.ts'
import { MoultError } from '../../../../src/protocol/errors.ts'
import { PendingRequests, thrownAnswer } from '../../../../src/protocol/wire/pending-requests.ts'

/** OutgoingCalls, and the numbers under which they were sent. */
function asked(count: number) {
  const pending = new PendingRequests()
  const numbers: number[] = []
  const answers = Array.from({ length: count }, () => {
    return pending.request((number) => numbers.push(number))
  })
  return { pending, numbers, answers }
}

test('each request gets the answer under its number, in whatever order they come', async () => {
  const { pending, numbers, answers } = asked(3)
  expect(new Set(numbers).size).toBe(3)
  for (const number of numbers.toReversed()) {
    pending.settle({ type: 'answer', number, threw: false, value: `to ${number}` })
  }
  expect(await Promise.all(answers)).toEqual(numbers.map((number) => `to ${number}`))
})

test('what was thrown on the other side is thrown here, with class, code and fields', async () => {
  const { pending, numbers, answers } = asked(2)
  const [first = 0, second = 0] = numbers
  const refused = new MoultError('MAILBOX_FULL', 'full', { process: 'preallocated 1' })
  pending.settle(structuredClone(thrownAnswer(first, refused)))
  pending.settle(structuredClone(thrownAnswer(second, 'a text')))
  await expect(answers[0]).rejects.toBeInstanceOf(MoultError)
  await expect(answers[0]).rejects.toMatchObject({
    code: 'MAILBOX_FULL',
    process: 'preallocated 1',
  })
  await expect(answers[1]).rejects.toBe('a text')
})

test('a request that cannot be sent fails with the reason, and waits for nothing', async () => {
  const pending = new PendingRequests()
  const numbers: number[] = []
  const answer = pending.request((number) => {
    numbers.push(number)
    throw new RangeError('no way')
  })
  await expect(answer).rejects.toThrow('no way')
  pending.settle({ type: 'answer', number: numbers[0] ?? 0, threw: false, value: 'late' })
  await expect(answer).rejects.toThrow('no way')
})

test('a request may be answered while it is sent', async () => {
  const pending = new PendingRequests()
  const answer = pending.request((number) => {
    pending.settle({ type: 'answer', number, threw: false, value: 'at once' })
  })
  expect(await answer).toBe('at once')
})

test('the end fails all that wait, and all that come later, which are not sent', async () => {
  const { pending, numbers, answers } = asked(2)
  const reason = new Error('gone')
  const kept = pending.keep(new Promise<never>(() => undefined))
  pending.end(() => reason)
  const late = pending.request((number) => numbers.push(number))
  for (const each of [...answers, kept, late]) await expect(each).rejects.toBe(reason)
  expect(numbers).toHaveLength(2)
})

test('an answer that was given before the end stays', async () => {
  const { pending, numbers, answers } = asked(1)
  pending.settle({ type: 'answer', number: numbers[0] ?? 0, threw: false, value: 'in time' })
  pending.end(() => new Error('gone'))
  expect(await answers[0]).toBe('in time')
})

test('a promise that is kept settles as it does itself, or with the end', async () => {
  const pending = new PendingRequests()
  const error = new TypeError('own')
  expect(await pending.keep(Promise.resolve(1))).toBe(1)
  await expect(pending.keep(Promise.reject(error))).rejects.toBe(error)
  const slow = new Deferred<number>()
  const kept = pending.keep(slow.promise)
  pending.end(() => new Error('gone'))
  slow.resolve(2)
  await expect(kept).rejects.toThrow('gone')
})

test('an answer to nothing is passed over', () => {
  const { pending } = asked(1)
  pending.settle({ type: 'answer', number: 99, threw: false, value: 'to whom?' })
  pending.settle(thrownAnswer(99, new Error('to whom?')))
})
