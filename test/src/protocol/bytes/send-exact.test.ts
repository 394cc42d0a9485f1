// @module-tag once
import { expect, test } from 'vitest'
import { sendExact } from '../../../../src/protocol/bytes/send-exact.ts'
import type { Refusal } from '../../../../src/protocol/bytes/send-exact.ts'

const refusal: Refusal = { code: 'UNCLONEABLE_REPLY', root: 'reply' }
const never = (): never => {
  throw new Error('sent')
}

test('what a clone keeps is sent, with what goes beside it', () => {
  expect(sendExact({ a: [1] }, refusal, (beside) => [beside])).toEqual([undefined])
  const buffer = Buffer.from('a')
  const beside = sendExact({ buffer }, refusal, (prototypes) => prototypes)
  expect(beside?.buffers[0]).toBe(buffer)
})

test('what a clone would change is refused before it is sent, with the path in the value that its sender knows', () => {
  let isTold = false
  const known = { ...refusal, told: () => ({ known: () => 1 }), onRefused: () => (isTold = true) }
  expect(() => sendExact([() => 1], known, never)).toThrow(
    expect.objectContaining({ code: 'UNCLONEABLE_REPLY', path: 'reply.known' }) as Error,
  )
  expect(isTold).toBe(true)
})

test('what the platform refuses is told in the same way, with its error as the cause', () => {
  const told = { code: 'UNCLONEABLE_REPLY', cause: new Error('sent') }
  expect(() => sendExact({ a: 1 }, refusal, never)).toThrow(expect.objectContaining(told) as Error)
})

test('what a transfer handler has written is not looked at', () => {
  const written = { ...refusal, isWritten: true }
  expect(sendExact(new URL('file:///a'), written, () => 'sent')).toBe('sent')
})
