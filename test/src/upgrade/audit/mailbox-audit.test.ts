// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMoultError } from '../../../../src/protocol/errors.ts'
import { checkAudit, sumOfAudits } from '../../../../src/upgrade/audit/mailbox-audit.ts'
import type { MailboxAudit, NameAudit } from '../../../../src/upgrade/audit/mailbox-audit.ts'

const labels = { process: 'shop', from: '1.0.0', to: '2.0.0' }
const none = { fit: 0, upcast: 0, refused: 0, removed: 0 }

/** An audit of these names alone. */
function audit(byName: Record<string, Partial<NameAudit>>): MailboxAudit {
  const entries = Object.entries(byName).map(([name, some]) => [name, { ...none, ...some }])
  return sumOfAudits([{ ...none, byName: Object.fromEntries(entries) as never }])
}

function refusal(of: MailboxAudit, allowRemoved = false): unknown {
  try {
    checkAudit(of, allowRemoved, labels)
    return undefined
  } catch (error) {
    return error
  }
}

test('nothing that waits is nothing to refuse', () => {
  expect(sumOfAudits([])).toEqual({ ...none, byName: {} })
  expect(refusal(sumOfAudits([]))).toBeUndefined()
  expect(refusal(audit({ a: { fit: 5 }, b: { upcast: 3 } }))).toBeUndefined()
})

test('each name that is refused is told, with how often and why', () => {
  const refused = audit({
    a: { fit: 5, refused: 2, reason: 'payload is 7' },
    b: { fit: 3 },
    'c d': { refused: 1 },
  })
  expect(refusal(refused)).toMatchObject({
    code: 'MAILBOX_REFUSED',
    ...labels,
    expected: "messages that 2.0.0 can read, or upcast['1.0.0'] in it",
    received: '2 × a (payload is 7), 1 × c d (no reason)',
    message: 'shop: messages that wait do not fit 2.0.0: 2 × a (payload is 7), 1 × c d (no reason)',
  })
})

test('messages of removed calls may be lost where that is allowed, others not', () => {
  const removed = audit({ gone: { refused: 3, removed: 3, reason: 'no call' } })
  expect(refusal(removed)).toMatchObject({ code: 'MAILBOX_REFUSED' })
  expect(refusal(removed, true)).toBeUndefined()
  const mixed = audit({
    gone: { refused: 3, removed: 3 },
    both: { refused: 5, removed: 4, reason: 'why' },
  })
  expect(refusal(mixed, true)).toMatchObject({ received: '1 × both (why)' })
})

const names = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.string())
const counts = fc
  .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9), fc.option(fc.string(), { nil: undefined }))
  .map(([fit, upcast, removed, others, reason]): NameAudit => {
    const all = { fit, upcast, removed, refused: removed + others }
    return reason === undefined ? all : { ...all, reason }
  })
const audits = fc.array(
  fc
    .array(fc.tuple(names, counts), { maxLength: 6 })
    .map((entries) => sumOfAudits([{ ...none, byName: Object.fromEntries(entries) }])),
  { maxLength: 5 },
)

test('the sum counts each message once, by name and in all, and keeps the first reason', () => {
  fc.assert(
    fc.property(audits, (several) => {
      const all = sumOfAudits(several)
      const known = new Set(several.flatMap(({ byName }) => Object.keys(byName)))
      expect(new Set(Object.keys(all.byName))).toEqual(known)
      for (const kind of ['fit', 'upcast', 'refused', 'removed'] as const) {
        const total = (numbers: number[]): number => numbers.reduce((sum, each) => sum + each, 0)
        expect(all[kind]).toBe(total(several.map((each) => each[kind])))
        expect(all[kind]).toBe(total(Object.values(all.byName).map((each) => each[kind])))
      }
      for (const name of known) {
        const own = several.flatMap(({ byName }) => {
          return Object.hasOwn(byName, name) ? byName[name]! : []
        })
        const first = own.find(({ reason }) => reason !== undefined)?.reason
        const told = Object.getOwnPropertyDescriptor(all.byName, name)?.value as NameAudit
        expect(told.reason).toBe(first)
      }
    }),
  )
})

test('it does not matter how audits are grouped before they are summed', () => {
  fc.assert(
    fc.property(audits, audits, (some, others) => {
      const grouped = sumOfAudits([sumOfAudits(some), sumOfAudits(others)])
      expect(grouped).toEqual(sumOfAudits([...some, ...others]))
    }),
  )
})

test('an upgrade is refused exactly where something is lost that may not be', () => {
  fc.assert(
    fc.property(audits, fc.boolean(), (several, allowRemoved) => {
      const all = sumOfAudits(several)
      const error = refusal(all, allowRemoved)
      const isLost = all.refused - (allowRemoved ? all.removed : 0) > 0
      expect(isMoultError(error, 'MAILBOX_REFUSED')).toBe(isLost)
    }),
  )
})
