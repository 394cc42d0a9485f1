// @module-tag once
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  check,
  counter,
  faultsOf,
  project,
  requestOf,
  said,
  v1,
  v2,
} from '../../support/typecheck.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

test('the complaint of old: a state of another type, which loads without an error, is refused', () => {
  const older = v1(`  init: (args: { start: number }) => ({ count: args.start }),
  calls: { increment: (state, by: number) => (state.count += by) },`)
  const newer = v2(`  init: (args: { start: string }) => ({ count: args.start }),
  codeChange: {
    '1.0.0': (old: { count: string }) => ({ count: old.count }),
  },`)
  expect(check(root, older, newer)).toEqual([
    {
      file: path.join(root, 'main.ts'),
      line: 6,
      column: 5,
      message:
        "codeChange['1.0.0'] takes { count: string; }, but the state of 1.0.0 is { count: number; }: count is string, not number",
      frame: `  4 |   init: (args: { start: string }) => ({ count: args.start }),
  5 |   codeChange: {
> 6 |     '1.0.0': (old: { count: string }) => ({ count: old.count }),
    |     ^
  7 |   },
  8 | })`,
    },
  ])
})

const migration = (old: string): string =>
  v2(`  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: ${old}) => ({ total: old.count }) },`)

describe('which sources', () => {
  test('types are followed over files, also those that are imported as types alone', () => {
    const older = {
      'src/a.ts': `import type { State } from './state.ts'
${v1('  init: (): State => ({ count: 0 }),')}`,
      'src/state.ts': 'export interface State { count: number }',
    }
    const newer = (type: string): Record<string, string> => ({
      'src/b.ts': `import type { State } from './old/state.js'
${migration('State')}`,
      'src/old/state.ts': `export interface State { count: ${type} }`,
    })
    expect(check(root, older, newer('number'))).toEqual([])
    const [fault, ...others] = check(root, older, newer('number; name: string'))
    expect(others).toEqual([])
    expect(fault).toMatchObject({ file: path.join(root, 'src/b.ts'), line: 6 })
    // Both are called State, so that is not what is said.
    expect(fault?.message).toContain(
      'takes { count: number; name: string; }, but the state of 1.0.0 is { count: number; }',
    )
  })

  test('a file may have another name, and the same file another text', () => {
    const newer = migration('{ count: number }')
    expect(check(root, { 'old.ts': counter }, { 'new.ts': newer })).toEqual([])
    expect(check(root, { 'same.ts': counter }, { 'same.ts': newer })).toEqual([])
  })

  test('what lies on the disk under a name of the set does not matter', async () => {
    const folder = await project({ 'main.ts': 'not a definition', 'state.ts': 'nor a state' })
    const older = {
      'main.ts': `import type { S } from './state.ts'\n${v1('  init: (): S => ({ count: 0 }),')}`,
      'state.ts': 'export type S = { count: number }',
    }
    expect(check(folder, older, migration('{ count: number }'))).toEqual([])
  })

  test('a file outside of the project’s folder', async () => {
    const outer = await project({ 'inner/package.json': '{}' })
    const shared = { '../lib/state.ts': 'export type S = { count: number }' }
    const from = `import type { S } from '../lib/state.ts'\n`
    const older = { 'main.ts': from + v1('  init: (): S => ({ count: 0 }),'), ...shared }
    const newer = {
      'main.ts': from + migration('S'),
      '../lib/state.ts': 'export type S = { count: 1 }',
    }
    const faults = check(path.join(outer, 'inner'), older, newer)
    expect(said(faults)).toEqual([expect.stringContaining('count is 1, not number')])
    const broken = { ...newer, '../lib/state.ts': 'export type S = { count: Missing }' }
    const files = check(path.join(outer, 'inner'), older, broken).map(({ file }) => file)
    expect(files).toContain(path.join(outer, 'lib/state.ts'))
  })

  test('what did not change is one type, whatever it declares', () => {
    const brand = `declare const brand: unique symbol
export type Id = string & { readonly [brand]: true }
export class Secret { #value = 1; get(): number { return this.#value } }
`
    const from = `import type { Id, Secret } from './brand.ts'\n`
    const older = {
      'main.ts': from + v1('  init: (): { id: Id; s?: Secret } => null!,'),
      'brand.ts': brand,
    }
    const newer = {
      'main.ts':
        from +
        v2(`  init: () => ({ id: '' }),
  codeChange: { '1.0.0': (old: { id: Id; s?: Secret }) => ({ id: String(old.id) }) },`),
      'brand.ts': brand,
    }
    expect(check(root, older, newer)).toEqual([])
  })

  test('both versions may say what services there are', () => {
    const services = `import { defineProcess } from 'moult'
declare module 'moult' { interface Services { db: { SOME } } }
`
    const fields = `  calls: { get: (_, id: number, { services }) => services.db.get(id) },
  init: () => ({ count: 0 }),`
    const older = services.replace('SOME', 'get(id: number): string') + v1(fields).slice(38)
    const newer =
      services.replace('SOME', 'get(id: number): string; more: 1') + v2(fields).slice(38)
    expect(said(check(root, older, newer))).toEqual([])
  })
})

describe('the sources’ own faults', () => {
  test('a syntax error is all that is said', () => {
    const newer = v2(`  init: () => ({ total: 0 ),
  codeChange: { '1.0.0': 'unchanged' },`)
    const faults = check(root, counter, newer)
    expect(faults[0]).toMatchObject({ file: path.join(root, 'main.ts'), line: 4 })
    expect(faults.every(({ message }) => /^TS1\d{3}: /.test(message))).toBe(true)
  })

  test('a type error in another file of the newer version, with its place', () => {
    const newer = {
      'main.ts': `import { zero } from './lib/zero.ts'\n${v2('  init: () => ({ count: zero }),')}`,
      'lib/zero.ts': `\n\texport const zero: number = 'x'\n`,
    }
    expect(check(root, counter, newer)).toEqual([
      {
        file: path.join(root, 'lib/zero.ts'),
        line: 2,
        column: 15,
        message: "TS2322: Type 'string' is not assignable to type 'number'.",
        frame: `  1 |\n> 2 | \texport const zero: number = 'x'\n    | \t             ^\n  3 |`,
      },
    ])
  })

  test('those of the older version are not said: it runs', () => {
    const older = `${counter}export const wrong: number = 'x'\n`
    expect(check(root, older, migration('{ count: number }'))).toEqual([])
  })

  test('an import that cannot be found, in the user’s words', () => {
    const newer = `import x from './missing.ts'\nvoid x\n${counter}`
    const [fault] = check(root, counter, newer)
    expect(fault?.message).toMatch(/^TS2307: Cannot find module '\.\/missing\.ts'/)
    expect(fault?.message).not.toContain('.moult')
  })

  test('several, in the order of their places', () => {
    const newer = v2(`  init: () => ({ count: '' }),
  codeChange: { '1.0.0': 'unchanged' },
  calls: { get: () => missing },`)
    expect(said(check(root, counter, newer))).toEqual([
      expect.stringMatching(/^5: codeChange/),
      expect.stringMatching(/^6: TS2304: Cannot find name 'missing'/),
    ])
  })
})

describe('how a definition may be written', () => {
  const refused: unknown = expect.stringContaining("codeChange['1.0.0'] takes { count: string; }")
  const fields = `init: () => ({ total: 0 }), codeChange: { '1.0.0': (old: { count: string }) => ({ total: old.count.length }) }`
  test.each([
    ['a constant', `const it = defineProcess({ version: '2', ${fields} })\nexport default it`],
    ['a name', `const it = defineProcess({ version: '2', ${fields} })\nexport { it as default }`],
    ['in parentheses', `export default (defineProcess({ version: '2', ${fields} }))`],
    ['with an assertion', `export default defineProcess({ version: '2', ${fields} } as const)`],
    ['an object before', `const o = { version: '2', ${fields} }\nexport default defineProcess(o)`],
    ['of parts', `const o = { ${fields} }\nexport default defineProcess({ version: '2', ...o })`],
    ['a plain object', `void defineProcess\nexport default { version: '2', ${fields} }`],
  ])('%s', (_name, text) => {
    const newer = `import { defineProcess } from 'moult'\n${text}\n`
    expect(said(check(root, counter, newer))).toEqual([refused])
  })

  test('in another file', () => {
    const newer = {
      'main.ts': `export { default } from './it.ts'`,
      'it.ts': `import * as moult from 'moult'\nexport default moult.defineProcess({ version: '2', ${fields} })`,
    }
    const [fault] = check(root, counter, newer)
    expect(fault).toMatchObject({ file: path.join(root, 'it.ts'), line: 2, message: refused })
  })

  test('in a way that cannot be followed, which is refused', () => {
    const newer = `import { defineProcess } from 'moult'
const make = () => defineProcess({ version: '2', ${fields} })
export default make()
`
    const faults = said(check(root, counter, newer))
    expect(faults).toEqual([
      expect.stringMatching(/^3: the types of this definition cannot be read/),
    ])
  })

  test('with a label that is a constant, or that the request knows', () => {
    const older = (version: string): string => `import { defineProcess } from 'moult'
const LABEL = ${version}
export default defineProcess({ version: LABEL, init: () => ({ count: 0 }) })
`
    const newer = migration('{ count: 1 }')
    expect(said(check(root, older(`'1.0.0'`), newer))).toHaveLength(1)
    const computed = older('String(1)')
    expect(said(check(root, computed, newer))).toEqual([
      expect.stringMatching(/^3: the label of this version cannot be read/),
    ])
    const request = requestOf(root, computed, newer)
    const known = { ...request, older: { ...request.older, version: '1.0.0' } }
    expect(said(faultsOf(known))).toEqual([expect.stringContaining('count is 1, not number')])
  })
})

describe('JavaScript', () => {
  const esm = (version: string, fields: string): string =>
    `import { defineProcess } from 'moult'\nexport default defineProcess({ version: '${version}', ${fields} })\n`
  const cjs = (version: string, fields: string): string =>
    `const { defineProcess } = require('moult')\nmodule.exports = defineProcess({ version: '${version}', ${fields} })\n`
  const older = 'init: () => ({ count: 0 }), calls: { add: (state, by) => (state.count += by) }'
  const documented = (type: string): string =>
    `init: () => ({ total: 0 }), codeChange: { '1.0.0': (/** @type {{ count: ${type} }} */ old) => ({ total: old.count }) }, calls: { add: (state, by) => (state.total += by) }`

  test.each([
    ['an ES module', 'main.js', esm],
    ['an .mjs', 'main.mjs', esm],
    ['CommonJS', 'main.cjs', cjs],
  ])('%s', (_name, file, write) => {
    const from = { [file]: write('1.0.0', older) }
    expect(said(check(root, from, { [file]: write('2', documented('number')) }))).toEqual([])
    const faults = said(check(root, from, { [file]: write('2', documented('string')) }))
    expect(faults).toEqual([
      expect.stringContaining('takes { count: string; }, but the state of 1.0.0'),
      expect.stringContaining('returns { total: string; }, but the state of 2 is'),
    ])
  })

  test('a parameter without a type proves nothing', () => {
    const fields = `init: () => ({ total: 0 }), codeChange: { '1.0.0': (old) => ({ total: old.count }) }`
    const faults = said(check(root, { 'a.js': esm('1.0.0', older) }, { 'a.js': esm('2', fields) }))
    expect(faults).toEqual([expect.stringContaining('which proves nothing')])
  })

  test('from JavaScript to TypeScript', () => {
    const newer = { 'main.ts': migration('{ count: string }') }
    const faults = said(check(root, { 'main.js': esm('1.0.0', older) }, newer))
    expect(faults.join()).toContain('count is string, not number')
  })
})
