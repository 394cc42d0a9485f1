import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Mailbox } from '../../../src/processes/mailbox.ts'
import { Message } from '../../../src/processes/message.ts'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { OverflowPolicy } from '../../../src/processes/overflow.ts'
import { isMoultError } from '../../../src/protocol/errors.ts'

interface Sent {
  readonly message: Message
  readonly outcome: { rejected: unknown }
}

function call(name: string, kind: 'call' | 'read-state' = 'call'): Sent {
  const outcome: Sent['outcome'] = { rejected: undefined }
  const caller = {
    resolve: () => undefined,
    reject: (reason: unknown) => (outcome.rejected = reason),
  }
  return { message: new Message(kind, name, undefined, caller), outcome }
}

/** A mailbox of `capacity` with `inFlight` of its entries in flight. */
function fullBox(capacity: number, inFlight: number): { box: Mailbox<Message>; sent: Sent[] } {
  const box = new Mailbox<Message>()
  const sent = Array.from({ length: capacity }, (_none, index) => call(`m${index}`))
  for (const { message } of sent) box.push(message)
  for (let at = 0; at < inFlight; at++) box.launch()
  return { box, sent }
}

test.each<OverflowPolicy>(['reject', 'drop-oldest', 'drop-newest'])(
  '%s admits while there is room, whatever is in flight',
  (policy) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(49), (capacity, used) => {
        fc.pre(used < capacity)
        const { box } = fullBox(used, used >> 1)
        expect(new Overflow(capacity, policy).dropFor(call('new').message, box, 'p')).toBe(
          undefined,
        )
        expect(box.size).toBe(used)
      }),
    )
  },
)

test('reject refuses the one too many and leaves the mailbox as it was', () => {
  const { box, sent } = fullBox(3, 1)
  const newest = call('new')
  expect(() => new Overflow(3, 'reject').checkRoom(newest.message, box, 'counter')).toThrow(
    expect.objectContaining({
      code: 'MAILBOX_FULL',
      process: 'counter',
      expected: 'at most 3 messages',
    }),
  )
  expect(box.size).toBe(3)
  expect(sent.every(({ outcome }) => outcome.rejected === undefined)).toBe(true)
})

test('drop-newest names the new one only', () => {
  const { box } = fullBox(3, 1)
  const { message } = call('new')
  const dropped = new Overflow(3, 'drop-newest').dropFor(message, box, 'p')
  expect(dropped?.message).toBe(message)
  expect(isMoultError(dropped?.error, 'MAILBOX_FULL')).toBe(true)
  expect(box.size).toBe(3)
})

test('drop-oldest takes out the oldest that waits, never one in flight', () => {
  const { box, sent } = fullBox(4, 2)
  const dropped = new Overflow(4, 'drop-oldest').dropFor(call('new').message, box, 'p')
  expect(dropped?.message).toBe(sent[2]?.message)
  expect(isMoultError(dropped?.error, 'MAILBOX_FULL')).toBe(true)
  expect([box.inFlight, box.waiting]).toEqual([2, 1])
})

test.each<OverflowPolicy>(['reject', 'drop-oldest', 'drop-newest'])(
  'a look at the state is admitted under %s even by a full mailbox',
  (policy) => {
    const { box } = fullBox(2, 1)
    const look = call('', 'read-state').message
    expect(new Overflow(2, policy).dropFor(look, box, 'p')).toBe(undefined)
    expect(box.size).toBe(2)
  },
)

describe('the window', () => {
  test.each<OverflowPolicy>(['reject', 'drop-newest'])('is wide open under %s', (policy) => {
    expect(new Overflow(1, policy).window).toBe(1024)
    expect(new Overflow(Infinity, policy).window).toBe(1024)
  })

  test('leaves something to drop under drop-oldest, and lets something through', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 31 - 1 }), (capacity) => {
        const { window } = new Overflow(capacity, 'drop-oldest')
        expect(window).toBeGreaterThanOrEqual(1)
        expect(window).toBeLessThan(capacity)
        expect(window).toBeLessThanOrEqual(1024)
      }),
    )
  })

  test.each([Infinity, 2 ** 31, 2 ** 32 + 4, Number.MAX_SAFE_INTEGER])(
    'is open under drop-oldest for a capacity of %d too',
    (capacity) => {
      expect(new Overflow(capacity, 'drop-oldest').window).toBe(1024)
    },
  )
})
