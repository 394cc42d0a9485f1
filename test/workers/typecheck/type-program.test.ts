// @module-tag once
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTypeProgram } from '../../../workers/typecheck/type-program.ts'
import { newProject } from '../../support/project.ts'
import { check, counter, project, requestOf, said, v1, v2 } from '../../support/typecheck.ts'

const takes = (old: string, above = ''): string =>
  above +
  v2(`  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: ${old}) => ({ total: old.count }) },`)

test('both definitions with their types, labels and states', async () => {
  const root = await project()
  const older = { 'a.ts': v1('  init: async () => Promise.resolve({ list: [1] }),') }
  const newer = { 'b.ts': v2(`  init: () => new Map<string, 1>(),`) }
  const program = createTypeProgram(requestOf(root, older, newer))
  const seen = [program.older, program.newer].map(({ version, definition, entry }) => ({
    version,
    state: definition && program.checker.typeToString(definition.state),
    fields: definition?.type.getProperties().map(({ name }) => name),
    node: definition?.node.getSourceFile() === entry,
  }))
  expect(seen).toEqual([
    { version: '1.0.0', state: '{ list: number[]; }', fields: ['version', 'init'], node: true },
    { version: '2.0.0', state: 'Map<string, 1>', fields: ['version', 'init'], node: true },
  ])
})

test('a set without its own entry is a fault of who asks', async () => {
  const root = await project()
  const request = requestOf(root, counter, counter)
  const without = { ...request, newer: { ...request.newer, entry: 'other.ts' } }
  expect(() => createTypeProgram(without)).toThrow('do not hold their entry other.ts')
})

describe('the project’s tsconfig.json', () => {
  const loose = `export const twice = (value) => value * 2\n`

  test('says how strict the check is', async () => {
    const newer = counter + loose
    const strict = await project({
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "lib": ["es2022"] } }',
    })
    expect(said(check(strict, counter, newer)).join()).toContain('TS7006')
    const lax = await project({
      'base.json':
        '{ "compilerOptions": { "noImplicitAny": false, "lib": ["es2022"], "strictNullChecks": true } }',
      'tsconfig.json': '{ "extends": "./base.json", /* as ever */ "include": ["nothing"], }',
    })
    expect(said(check(lax, counter, newer))).toEqual([])
  })

  test('without one the check is strict', async () => {
    const faults = said(check(await newProject({}), counter, counter + loose))
    expect(faults.join()).toContain('TS7006')
  })

  test('may be nearer to the file than the project’s folder', async () => {
    const root = await project({
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "lib": ["es2022"] } }',
      'app/tsconfig.json': '{ "compilerOptions": { "noImplicitAny": false, "lib": ["es2022"] } }',
    })
    const [older, newer] = [{ 'app/main.ts': counter }, { 'app/main.ts': counter + loose }]
    expect(said(check(root, older, newer))).toEqual([])
  })

  test('names short cuts, which lead to the sources of the version and not to the disk', async () => {
    const root = await project({
      'tsconfig.json': `{ "compilerOptions": { "strict": true, "lib": ["es2022"], "module": "esnext", "moduleResolution": "bundler",
        "paths": { "~/*": ["./src/*"] } } }`,
      'src/state.ts': 'export type State = "neither"',
    })
    const from = `import type { State } from '~/state'\n`
    const state = (type: string): string => `export type State = { count: ${type} }`
    const older = {
      'src/main.ts': from + v1('  init: (): State => ({ count: 1 }),'),
      'src/state.ts': state('number'),
    }
    const fits = { 'src/main.ts': takes('State', from), 'src/state.ts': state('number') }
    expect(said(check(root, older, fits))).toEqual([])
    const other = { 'src/main.ts': takes('State', from), 'src/state.ts': state('1') }
    expect(said(check(root, older, other)).join()).toContain('count is 1, not number')
  })

  test('brings declarations that nobody imports', async () => {
    const root = await project({
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "lib": ["es2022"] } }',
      'global.d.ts':
        'declare module "untyped" { export const one: number }\ntype Anywhere = number',
    })
    const newer = takes('{ count: Anywhere }', `import { one } from 'untyped'\nvoid one\n`)
    expect(said(check(root, counter, newer))).toEqual([])
  })

  test('may aim at output, composite projects and unused names: none of it matters here', async () => {
    const root = await project({
      'tsconfig.json': `{ "compilerOptions": { "strict": true, "lib": ["es2022"], "composite": true, "outDir": "dist", "rootDir": "src",
        "noUnusedLocals": true, "declaration": true, "isolatedDeclarations": true, "checkJs": true } }`,
    })
    const newer = takes('{ count: number }', 'const unused = 1\n')
    expect(said(check(root, counter, newer))).toEqual([])
  })

  test('that cannot be read is a fault', async () => {
    const root = await project({ 'tsconfig.json': '{ "compilerOptions": { "target": "es1" } }' })
    const [fault] = check(root, counter, counter)
    expect(fault).toMatchObject({ file: path.join(root, 'tsconfig.json'), line: 1, column: 34 })
  })
})

describe('packages', () => {
  const files = {
    'node_modules/with-types/package.json': `{ "name": "with-types", "version": "1.0.0", "type": "module",
      "exports": { ".": { "types": "./it.d.ts", "default": "./it.js" } } }`,
    'node_modules/with-types/it.d.ts': 'export interface Count { count: number }',
    'node_modules/with-types/it.js': '',
  }

  test('have their types from the project', async () => {
    const root = await project(files)
    const from = `import type { Count } from 'with-types'\n`
    expect(said(check(root, counter, takes('Count', from)))).toEqual([])
    const faults = said(check(root, counter, takes('Count & { name: string }', from)))
    expect(faults.join()).toContain('name should not be there')
  })

  test('that are ES modules are so for sources in folders with a package.json of their own', async () => {
    const root = await project({
      ...files,
      'tsconfig.json':
        '{ "compilerOptions": { "strict": true, "lib": ["es2022"], "module": "nodenext" } }',
      'package.json': '{ "type": "commonjs" }',
      'app/package.json': '{ "type": "module" }',
    })
    const newer = takes('Count', `import type { Count } from 'with-types'\n`)
    const awaited = `${newer}await Promise.resolve()\n`
    expect(said(check(root, { 'app/a.ts': counter }, { 'app/a.ts': awaited }))).toEqual([])
    expect(said(check(root, { 'a.ts': counter }, { 'a.ts': awaited })).join()).toContain('TS1309')
  })

  test('are read again when they have changed', async () => {
    const root = await project(files)
    const newer = takes('Count', `import type { Count } from 'with-types'\n`)
    expect(check(root, counter, newer)).toEqual([])
    const file = path.join(root, 'node_modules/with-types/it.d.ts')
    await writeFile(file, 'export interface Count { count: 1 }')
    expect(said(check(root, counter, newer)).join()).toContain('count is 1, not number')
  })
})
