// @module-tag once
import { afterAll, describe, expect, test } from 'vitest'
import { deserialise, serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import { isMoultError } from '../../../src/protocol/errors.ts'
import type { SearchFault, SearchResult } from '../../../src/protocol/jobs/search.ts'
import type * as Searching from '../../../src/checks/state-search.ts'
import { builtModule } from '../../support/built-module.ts'
import { imageOf } from '../../support/image.ts'
import { shapesOf } from '../../support/type-shape.ts'

const { StateSearch } = await builtModule<typeof Searching>('src/checks/state-search.js')

const shapeOf = shapesOf({
  'search/cart-v1.ts': '',
  'search/orders-v1.ts': '',
  'search/seats-v1.ts': '',
  'search/balance-v1.ts': '',
})

const states = new StateSearch()
afterAll(() => states.close())

type Options = Omit<Partial<Searching.StateSearchOptions>, 'older' | 'newer'>

async function search(older: string, newer: string, options: Options): Promise<SearchResult> {
  const [from, to] = await Promise.all([older, newer].map((each) => imageOf(`search/${each}.ts`)))
  // A busy machine is slow, and finds the same.
  return states.search({
    older: from!,
    newer: to!,
    seed: 7,
    limitMs: 600_000,
    loadTimeoutMs: 120_000,
    ...options,
  })
}

/** The fault that is found, with its state in the flesh. */
async function find(
  older: string,
  newer: string,
  options: Options,
): Promise<SearchFault & { value: unknown }> {
  const result = await search(older, newer, options)
  if (result.kind !== 'fault') throw new Error(`no fault: ${JSON.stringify(result)}`)
  return { ...result, value: result.state && deserialise(result.state) }
}

const cart = shapeOf('Cart')
const orders = shapeOf('Orders')
const seats = shapeOf('Seats')
const balance = shapeOf('Balance')

describe('the smallest state on which a migration', () => {
  test('throws: an empty list', async () => {
    const { fault, value, detail, printed, sources } = await find('cart-v1', 'cart-throws', {
      shape: cart,
    })
    expect(fault).toBe('throws')
    expect(value).toStrictEqual({ items: [] })
    expect(printed).toBe('{ items: [] }')
    expect(detail.message).toMatch(/Reduce of empty array/)
    expect(detail.stack).toMatch(/cart-throws\.ts:10:/)
    expect(detail.stack).not.toMatch(/workers/)
    expect(sources).toEqual(['type'])
  })

  test('returns nothing: a return that is missing', async () => {
    const { fault, value, detail } = await find('cart-v1', 'cart-forgets', { shape: cart })
    expect([fault, value]).toStrictEqual(['throws', { items: [] }])
    expect(detail.message).toMatch(/returned undefined: is a return missing\?/)
  })

  test('rejects: a field that is optional and not there', async () => {
    const { fault, value, detail } = await find('cart-v1', 'cart-coupon', { shape: cart })
    expect([fault, value]).toStrictEqual(['throws', { items: [] }])
    expect(detail.message).toMatch(/undefined \(reading 'trim'\)/)
  })

  test('does not bring back as it was: a fraction of a cent', async () => {
    const { fault, value, detail } = await find('cart-v1', 'cart-cents', { shape: cart })
    expect(fault).toBe('there-and-back')
    expect(value).toStrictEqual({ items: [{ name: '', price: 0.001 }] })
    expect(detail).toStrictEqual({
      message: 'state.items[0].price was 0.001 and is 0 afterwards',
      paths: ['state.items[0].price'],
    })
  })

  test('breaks the new schema: a negative number', async () => {
    const { fault, value, detail } = await find('balance-v1', 'balance-v2', { shape: balance })
    expect([fault, value]).toStrictEqual(['schema', { owner: '', balance: -1, history: [] }])
    expect(detail.paths).toEqual(['state.account.balance'])
  })

  test('makes something of that is no data', async () => {
    const { fault, value, detail } = await find('cart-v1', 'cart-uncloneable', { shape: cart })
    expect(fault).toBe('uncloneable')
    expect(value).toStrictEqual({ items: [{ name: '', price: 0, quantity: 1 }] })
    expect(detail.paths).toEqual(['state.totals[0]'])
  })

  test('cannot bring back at all', async () => {
    const { fault, value } = await find('cart-v1', 'cart-back', { shape: cart })
    const item = { name: '', price: 0 }
    expect([fault, value]).toStrictEqual(['downgrade-throws', { items: [item, item, item] }])
  })

  test('loses milliseconds of, in a Map', async () => {
    const { fault, value } = await find('seats-v1', 'seats-seconds', { shape: seats })
    expect(fault).toBe('there-and-back')
    expect(value).toStrictEqual({ taken: new Map([['', new Date(1)]]), tags: new Set() })
  })

  test('throws: an invalid Date', async () => {
    const { fault, value, printed } = await find('seats-v1', 'seats-iso', { shape: seats })
    expect(fault).toBe('throws')
    expect(value).toStrictEqual({ taken: new Map([['', new Date(NaN)]]), tags: new Set() })
    expect(printed).toBe("{ taken: Map(1) { '' => Invalid Date }, tags: Set(0) {} }")
  })

  test('splits: a member of a Set', async () => {
    const { fault, value } = await find('seats-v1', 'seats-tags', { shape: seats })
    expect(fault).toBe('there-and-back')
    // Of an empty text there is no telling whether it was none.
    expect(value).toStrictEqual({ taken: new Map(), tags: new Set(['']) })
  })
})

describe('real states', () => {
  const sample = serialise({ open: ['ORD-1001', 'ORD-1002', 'ORD-1003'], note: 'x' })

  test('lead to what no type tells', async () => {
    const byType = await search('orders-v1', 'orders-v2', { shape: orders, runs: 300 })
    expect(byType).toMatchObject({ kind: 'none', runs: 300, sources: ['type'] })
    const found = await find('orders-v1', 'orders-v2', { shape: orders, samples: [sample] })
    expect(found).toMatchObject({ fault: 'throws', sources: ['type', 'samples'] })
    const { open } = found.value as { open: string[] }
    expect(found.value).toStrictEqual({ open: [open[0], open[0]] })
    expect(open[0]).toMatch(/^ORD-100[123]$/)
  })

  test('are enough by themselves, and keep to what they look like', async () => {
    const { value, sources } = await find('orders-v1', 'orders-v2', { samples: [sample] })
    // Nothing says that the note may be missing.
    const { open } = value as { open: string[] }
    expect(open).toStrictEqual([open[0], open[0]])
    expect(value).toHaveProperty('note', '')
    expect(sources).toEqual(['samples'])
  })

  test('are tried first, as they are', async () => {
    const twice = serialise({ open: ['ORD-7777', 'ORD-1001', 'ORD-7777'] })
    const found = await find('orders-v1', 'orders-v2', { samples: [sample, twice], runs: 1 })
    expect(found.runs).toBe(2)
    expect(found.value).toStrictEqual({ open: ['ORD-7777', 'ORD-7777'] })
  })

  test('that are larger than the memory for the state under candidate are tried too', async () => {
    const open = Array.from({ length: 150_000 }, (_, at) => `ORD-${at}`)
    const large = serialise({ open: [...open, 'ORD-1001'] })
    const { value } = await find('orders-v1', 'orders-v2', { samples: [large], runs: 1 })
    expect(value).toStrictEqual({ open: ['ORD-1001', 'ORD-1001'] })
  })
})

describe('schemas', () => {
  test('of the older version sort out what is never tried', async () => {
    const result = await search('strict-v1', 'balance-v2', { shape: balance, runs: 100 })
    expect(result).toMatchObject({ kind: 'none', runs: 100, isCutShort: false })
    expect(result.discarded).toBeGreaterThan(10)
  })

  test('that refuse everything are no clean bill', async () => {
    const result = await search('impossible-v1', 'balance-v2', { shape: balance, runs: 10 })
    expect(result).toMatchObject({ kind: 'untried', runs: 0 })
    expect(result.discarded).toBeGreaterThan(100)
    expect((result as { reason: string }).reason).toMatch(/refused by the schema of the older/)
  })

  test.each(['described-v1', 'arktype-v1'])(
    'that describe themselves are enough: %s',
    async (older) => {
      const { fault, value, sources } = await find(older, 'described-v2', { shape: balance })
      expect(fault).toBe('throws')
      expect(value).toStrictEqual({ level: 43, mode: 'fast', names: ['aa'] })
      expect(sources).toEqual(['schema'])
    },
  )

  test('that cannot describe themselves leave that to the type', async () => {
    const { value, sources } = await find('map-v1', 'seats-tags', { shape: seats })
    expect(value).toStrictEqual({ taken: new Map(), tags: new Set(['']) })
    expect(sources).toEqual(['type'])
  })
})

describe('a search', () => {
  test('that finds nothing says how much it has tried', async () => {
    const result = await search('cart-v1', 'cart-fine', { shape: cart, runs: 250 })
    expect(result).toStrictEqual({
      kind: 'none',
      runs: 250,
      discarded: 0,
      seed: 7,
      sources: ['type'],
      isCutShort: false,
    })
  })

  test('that has nothing to make states of says so', async () => {
    const result = await search('cart-v1', 'cart-throws', {})
    expect(result).toMatchObject({ kind: 'untried', runs: 0, sources: [] })
    const shape = { root: { kind: 'none', text: '() => void' }, named: {} } as const
    expect(await search('cart-v1', 'cart-throws', { shape })).toMatchObject({ kind: 'untried' })
  })

  test('is repeated by its seed', async () => {
    const samples = [serialise({ items: [{ name: 'tea', price: 2.5 }], coupon: 'ten' })]
    const options = { shape: cart, samples, seed: 20_261_124 }
    const first = await search('cart-v1', 'cart-cents', options)
    expect(await search('cart-v1', 'cart-cents', options)).toStrictEqual(first)
    expect(first.seed).toBe(20_261_124)
  })

  test('chooses a seed and tells it', async () => {
    const [older, newer] = await Promise.all(['cart-v1', 'cart-cents'].map(urlOf))
    const first = await states.search({ older: older!, newer: newer!, shape: cart })
    const again = await search('cart-v1', 'cart-cents', { shape: cart, seed: first.seed })
    expect(again).toStrictEqual(first)
  })

  test('passes over faults that are known', async () => {
    const result = await search('cart-v1', 'cart-cents', {
      shape: cart,
      runs: 50,
      ignore: ['there-and-back'],
    })
    expect(result).toMatchObject({ kind: 'none', runs: 50 })
  })

  test('whose time is over has tried nothing, and says so', async () => {
    const result = await search('cart-v1', 'cart-fine', { shape: cart, limitMs: 0 })
    expect(result).toMatchObject({ kind: 'untried', runs: 0 })
  })

  test('whose time is over says that it was cut short', async () => {
    const result = await search('cart-v1', 'cart-fine', { shape: cart, runs: 1e9, limitMs: 1_000 })
    expect(result).toMatchObject({ kind: 'none', isCutShort: true })
  })

  test('ends a migration that never ends, and names the state', async () => {
    const { fault, value, printed, runs } = await find('cart-v1', 'cart-loops', {
      shape: cart,
      limitMs: 2_000,
      graceMs: 100,
    })
    expect(fault).toBe('never-ends')
    expect((value as { items: unknown[] }).items.length).toBeGreaterThan(1)
    expect(printed).toMatch(/^\{\s*items: \[/)
    expect(runs).toBeGreaterThan(0)
    // The next one has a thread of its own.
    expect(await search('cart-v1', 'cart-fine', { shape: cart, runs: 5 })).toMatchObject({
      runs: 5,
    })
  })

  test('survives a migration that ends its thread', async () => {
    const { fault, value, detail } = await find('cart-v1', 'cart-exits', { shape: cart })
    expect(fault).toBe('exits')
    expect((value as { items: unknown[] }).items.length).toBeGreaterThan(0)
    expect(detail.message).toMatch(/ended its thread/)
  })

  test('is refused where nothing leads from the one to the other', async () => {
    const refused = search('cart-fine', 'cart-v1', { shape: cart })
    const error = await refused.catch((thrown: unknown) => thrown)
    expect(isMoultError(error, 'NO_MIGRATION')).toBe(true)
    expect(error).toMatchObject({ from: '2.0.0', to: '1.0.0' })
  })

  test('ends when it is closed, and blames nobody', async () => {
    const own = new StateSearch()
    const [older, newer] = await Promise.all(['cart-v1', 'cart-fine'].map(urlOf))
    const options = { older: older!, newer: newer!, shape: cart, runs: 1e9 }
    const errors = [own.search(options), own.search(options)].map((each) => {
      return each.catch((thrown: unknown) => thrown)
    })
    await own.close()
    for (const error of await Promise.all(errors)) {
      expect(isMoultError(error, 'RUNTIME_CLOSED')).toBe(true)
    }
  })

  test('is refused where a version cannot be imported, or is none', async () => {
    const [fine, loops, throws, exits] = await Promise.all([
      urlOf('cart-v1'),
      ...['broken/loops.ts', 'broken/throws.ts', 'broken/exits.ts'].map(imageOf),
    ])
    const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
    const refused = (newer: string, limits = {}): Promise<unknown> => {
      const own = { older: fine, newer, shape: cart, loadTimeoutMs: 120_000 }
      return states.search({ ...own, ...limits }).catch(codeOf)
    }
    expect(await refused(throws!)).toBe('LOAD_FAILED')
    expect(await refused('data:text/javascript,export default 1//')).toBe('NOT_A_DEFINITION')
    expect(await refused(loops!, { loadTimeoutMs: 500 })).toBe('LOAD_TIMEOUT')
    expect(await refused(exits!)).toBe('ISOLATE_EXITED')
  })

  test.each([{ runs: 0 }, { seed: 0.5 }, { seed: 2 ** 31 }, { limitMs: -1 }, { graceMs: NaN }])(
    'refuses %o',
    async (options) => {
      const error = await search('cart-v1', 'cart-fine', options).catch((thrown: unknown) => thrown)
      expect(isMoultError(error, 'INVALID_OPTION')).toBe(true)
    },
  )
})

function urlOf(version: string): Promise<string> {
  return imageOf(`search/${version}.ts`)
}
