// @module-tag once
import { describe, expect, test } from 'vitest'
import { codec, defineProcess } from 'moult'
import { testProcess, testUpgrade } from 'moult/testing'

class Money {
  readonly cents: number

  constructor(cents: number) {
    this.cents = cents
  }

  plus(other: Money): Money {
    return new Money(this.cents + other.cents)
  }
}

class NewMoney extends Money {}

function nothing(): Money {
  return new NewMoney(0)
}

class Other {
  readonly name = 'other'
}

const url = codec({
  is: (value) => value instanceof URL,
  encode: (value) => value.href,
  decode: (href) => new URL(href),
})
const declared = { classes: { Money }, codecs: { url } }
const home = new URL('https://example.org/')

const account = defineProcess({
  version: '1',
  ...declared,
  init: (start: Money) => ({ balance: start.plus(new Money(0)), page: home, paid: [] as Money[] }),
  calls: {
    pay: (state, amount: Money) => (state.balance = state.balance.plus(amount)),
    page: (state, path: string) => new URL(path, state.page),
    ask: (_state, amount: Money, context) => context.call<Money>('bank', 'check', { amount }),
    late: (_state, amount: Money, context) => void context.after(5, 'paid', amount),
    spoil: (state) => void Object.assign(state, { other: new Other() }),
  },
  casts: {
    paid: (state, amount: Money) => {
      state.paid.push(amount.plus(new Money(1)))
    },
  },
})

const newAccount = defineProcess({
  version: '2',
  classes: { Money: NewMoney },
  codecs: { url },
  init: () => ({ balance: nothing(), page: home, paid: [] as Money[] }),
  codeChange: {
    '1': (old: { balance: Money; page: URL; paid: Money[] }) => {
      if (!(old.balance instanceof NewMoney)) throw new Error('this is not my Money')
      return old
    },
  },
  downgrade: { '1': 'unchanged' },
  calls: { pay: (state, amount: Money) => (state.balance = state.balance.plus(amount)) },
})

describe('the testing kit', () => {
  test('carries what the definition declares, in all ways', async () => {
    const start = new Money(1)
    const answer = (_process: string, _name: string, payload: unknown) =>
      (payload as { amount: Money }).amount.plus(new Money(1))
    const process = await testProcess(account, { args: start, answer })
    const paid = await process.call('pay', new Money(4))
    expect(paid).toBeInstanceOf(Money)
    expect(paid.cents).toBe(5)
    expect((await process.call('page', '/a')).href).toBe('https://example.org/a')
    expect(await process.call('ask', new Money(7))).toEqual(new Money(8))
    expect(process.sent).toEqual([
      { kind: 'call', process: 'bank', name: 'check', payload: { amount: new Money(7) } },
    ])
    await process.call('late', new Money(2))
    await process.clock.advance(5)
    await process.settled()
    expect((await process.state()).paid).toEqual([new Money(3)])
    await process.call('spoil')
    await expect(process.state()).rejects.toMatchObject({ code: 'UNCLONEABLE_REPLY' })
  })

  test('gives states the classes of the new version, and of the old one on the way back', async () => {
    const states = [{ balance: new Money(3), page: home, paid: [] }]
    const report = await testUpgrade(account, newAccount, {
      states,
      messages: [['pay', new Money(2)]],
    })
    expect(report.states[0]?.migrated).toMatchObject({ balance: expect.any(NewMoney) as unknown })
    expect(report.states[0]?.differences).toEqual([])
    expect(report.states[0]?.back).toEqual(states[0])
  })

  test('says which class the new version lacks', async () => {
    const bare = defineProcess({
      version: '2',
      init: () => ({ n: 0 }),
      codeChange: { '1': () => ({ n: 0 }) },
    })
    const states = [{ balance: new Money(3), page: home, paid: [] }]
    await expect(testUpgrade(account, bare, { states })).rejects.toMatchObject({
      code: 'NOT_DECLARED',
      path: 'state.balance',
    })
  })
})
