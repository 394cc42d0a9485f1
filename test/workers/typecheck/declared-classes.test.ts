// @module-tag once
import { describe, expect, test } from 'vitest'
import { check, project, said } from '../../support/typecheck.ts'

/** A version whose state holds instances of a declared class with these members. */
function version(label: string, members: string, codeChange = ''): string {
  return `import { defineProcess } from 'moult'
export class Money {
  readonly cents: number = 0
  readonly kin: Money[] = []
  ${members}
}
export default defineProcess({
  version: '${label}',
  classes: { Money },
  init: () => ({
    balance: new Money(), last: undefined as Money | undefined, paid: new Map<string, Money[]>(),
  }),
  ${codeChange}
})
`
}

const unchanged = "codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' }"

/** What a step is told between two versions with these members. */
async function between(older: string, newer: string, step = unchanged): Promise<string[]> {
  return said(check(await project(), version('1', older), version('2', newer, step)))
}

describe('a declared class of the next version', () => {
  test.each([
    ['with the same members', 'text() { return 1 }', 'text() { return 1 }'],
    ['with a method more', '', 'more() { return 1 }'],
    ['without a method', 'more() { return 1 }', ''],
    ['with another method', 'text() { return 1 }', "text(by: number) { return '' + by }"],
    ['with an accessor', '', 'get text() { return String(this.cents) }'],
    ['with a field that is private to both', 'private a = 1', 'private a = 1'],
    ['with static members', '', 'static readonly zero = new Money()'],
  ])('%s fits', async (_what, older, newer) => {
    expect(await between(older, newer)).toEqual([])
  })

  test.each([
    ['a field more', '', "currency = 'EUR'", 'balance.currency is missing'],
    ['a field less', "currency = 'EUR'", '', 'balance.currency should not be there'],
    ['a field of another type', 'a = 1', "a = '1'", 'balance.a is number, not string'],
    ['a field in the place of a method', 'a() { return 1 }', 'a = 1', 'balance.a is missing'],
    ['a deep field of another type', 'a = { b: [1] }', "a = { b: ['1'] }", 'balance.a.b[]'],
  ])('with %s does not, and the place is told', async (_what, older, newer, told) => {
    const faults = await between(older, newer)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults[0]).toContain(told)
  })

  test('may be generic', async () => {
    const generic = (more: string, type: string): string =>
      `${more}
      box: Box<${type}> = new Box(${type === 'number' ? '1' : "'1'"})
    }
    class Box<Value> {
      constructor(readonly value: Value) {}
      ${more}`
    expect(await between(generic('', 'number'), generic('more() { return 1 }', 'number'))).toEqual(
      [],
    )
    const [fault] = await between(generic('', 'number'), generic('', 'string'))
    expect(fault).toContain('balance.box.value')
  })

  test('is what a codeChange takes, with the fields of the old one', async () => {
    const step = (fields: string): string =>
      `codeChange: { '1': (old: { balance: ${fields}; paid: Map<string, Money[]>; last: Money | undefined }) =>
        ({ balance: new Money(), last: old.last, paid: old.paid }) }`
    expect(await between('', 'more() { return 1 }', step('Money'))).toEqual([])
    const [fault] = await between('', 'currency = 1', step('Money'))
    expect(fault).toContain('balance.currency should not be there')
  })
})
