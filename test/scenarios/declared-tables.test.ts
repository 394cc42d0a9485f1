import type { Table } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

interface Program {
  readonly version: string
  readonly init: (count: number) => { books: Table<string, { price: object }> }
  readonly calls: {
    /** How many records are what they were. */
    readonly whole: (state: object) => number
    readonly set: (state: object, key: string) => void
    readonly spoil: (state: object, key: string) => void
  }
}

/** Records with an instance and a value of a codec, of which one is the whole record. */
const program = (version: string, name: string, more = ''): string => `
  import { table } from 'moult'
  class ${name} {
    constructor(cents) { this.cents = cents }
    get text() { return '${version} ' + this.cents }
  }
  class Sub extends ${name} {}
  const book = (at) => ({ price: new ${name}(at), page: new URL('http://a/' + at), key: at })
  const isWhole = (book, key) => book instanceof URL
    ? book.pathname === '/' + key
    : book.price.text === '${version} ' + key && book.page.pathname === '/' + key
  export default {
    version: '${version}',
    classes: { Price: ${name} },
    codecs: {
      url: {
        is: (value) => value instanceof URL,
        encode: (value) => value.href,
        decode: (href) => new URL(href),
      },
    },
    init: (count) => ({
      books: table([
        ...Array.from({ length: count }, (_, at) => [String(at), book(at)]),
        ['url', new URL('http://a/url')],
      ]),
    }),
    calls: {
      whole: ({ books }) => [...books].filter(([key, value]) => isWhole(value, key)).length,
      set: ({ books }, key) => void books.set(key, book(key)),
      spoil: ({ books }, key) => void books.set(key, { deep: [new Sub(1)] }),
    },
    ${more}
  }`

const byRecord = `
  codeChange: { '1': { tables: { books: (book) => {
    if (!(book instanceof URL) && !(book.price instanceof Worth)) throw new Error('no Worth')
    return book
  } } } },
  downgrade: { '1': { tables: { books: (book) => book } } },`

const files = {
  'v1.js': program('1', 'Price'),
  'v2.js': program('2', 'Worth', byRecord),
  'v2-function.js': program(
    '2',
    'Worth',
    `codeChange: { '1': (old) => old }, downgrade: { '1': (state) => state },`,
  ),
  'v2-none.js': program('2', 'Worth', byRecord).replace('classes: { Price: Worth },', ''),
}

test.each(['v2.js', 'v2-function.js'])(
  'records of tables are what they were in %s',
  async (file) => {
    const root = await newProject(files)
    const runtime = await testRuntime()
    const code = await runtime.load<Program>(`${root}/v1.js`)
    const ref = await code.spawn({ args: 300 })
    const report = await code.upgrade(`${root}/${file}`)
    expect(report.processes[0]?.copied?.recordsLeft).toBe(file === 'v2.js' ? 0 : undefined)
    await ref.call('set', '300')
    expect(await ref.call('whole')).toBe(302)
    await code.downgrade(`${root}/v1.js`)
    expect(await ref.call('whole')).toBe(302)
  },
)

test('a record that is not carried is refused by its key, and a class that is missing, too', async () => {
  const root = await newProject(files)
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const ref = await code.spawn({ name: 'books', args: 3 })
  await expect(code.upgrade(`${root}/v2-none.js`)).rejects.toMatchObject({
    code: 'NOT_DECLARED',
    path: 'state.books.get("0").price',
    from: '1',
    to: '2',
    process: 'books',
  })
  await ref.call('spoil', '2')
  await expect(code.upgrade(`${root}/v2.js`)).rejects.toMatchObject({
    code: 'UNCLONEABLE_STATE',
    path: 'state.books.get("2").deep[0]',
  })
  expect(ref.version).toBe('1')
  await ref.call('set', '2')
  expect(await ref.call('whole')).toBe(4)
})
