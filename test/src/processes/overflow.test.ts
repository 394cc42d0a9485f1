// @module-tag once
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Mailbox } from '../../../src/processes/mailbox.ts'
import { Message } from '../../../src/processes/message.ts'
import type { MessageKind } from '../../../src/processes/message.ts'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { OverflowPolicy } from '../../../src/processes/overflow.ts'

const policies: readonly OverflowPolicy[] = ['reject', 'drop-oldest', 'drop-newest']

function message(name: string, kind: MessageKind = 'call'): Message {
  return new Message(kind, name, undefined, undefined)
}

interface Filled {
  readonly capacity: number
  readonly used: number
  readonly inFlight: number
}

/** A mailbox with `used` entries, of which `inFlight` are in flight. */
function filled(policy: OverflowPolicy, { capacity, used, inFlight }: Filled) {
  const box = new Mailbox<Message>(new Overflow(capacity, policy))
  const sent = Array.from({ length: used }, (_none, index) => message(`m${index}`))
  for (const each of sent) box.admit(each)
  for (let at = 0; at < inFlight; at++) box.launch()
  return { box, sent }
}

test.each(policies)('%s admits while there is room, whatever is in flight', (policy) => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(49), (capacity, used) => {
      fc.pre(used < capacity)
      const { box, sent } = filled(policy, { capacity, used, inFlight: used >> 1 })
      const newest = message('new')
      expect(box.refuses(newest)).toBe(false)
      expect(box.admit(newest)).toBe(undefined)
      expect(box.clear()).toEqual([...sent, newest])
    }),
  )
})

test('reject refuses the one too many, and says of which process and at what capacity', () => {
  const { box, sent } = filled('reject', { capacity: 3, used: 3, inFlight: 1 })
  const newest = message('new')
  expect(box.refuses(newest)).toBe(true)
  expect(box.admit(newest)).toBe(newest)
  expect(box.clear()).toEqual(sent)
  expect(new Overflow(3, 'reject').full('counter')).toMatchObject({
    code: 'MAILBOX_FULL',
    process: 'counter',
    expected: 'at most 3 messages',
  })
})

test('drop-newest names the new one, and leaves the mailbox as it was', () => {
  const { box, sent } = filled('drop-newest', { capacity: 3, used: 3, inFlight: 1 })
  const newest = message('new')
  expect(box.refuses(newest)).toBe(false)
  expect(box.admit(newest)).toBe(newest)
  expect(box.clear()).toEqual(sent)
})

test('drop-oldest takes out the oldest that waits, never one in flight', () => {
  const { box, sent } = filled('drop-oldest', { capacity: 4, used: 4, inFlight: 2 })
  const newest = message('new')
  expect(box.refuses(newest)).toBe(false)
  expect(box.admit(newest)).toBe(sent[2])
  expect([box.inFlight, box.waiting]).toEqual([2, 2])
  expect(box.clear()).toEqual([sent[0], sent[1], sent[3], newest])
})

test.each(policies)('a look at the state is admitted under %s even by a full mailbox', (policy) => {
  const { box } = filled(policy, { capacity: 2, used: 2, inFlight: 1 })
  const look = message('', 'read-state')
  expect(box.refuses(look)).toBe(false)
  expect(box.admit(look)).toBe(undefined)
  expect(box.size).toBe(3)
})

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
