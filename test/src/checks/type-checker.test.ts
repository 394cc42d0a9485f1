// @module-tag once
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TypeChecker } from '../../../src/checks/type-checker.ts'
import { installed } from '../../support/installed.ts'
import { counter, project, requestOf, v2 } from '../../support/typecheck.ts'

const own = fileURLToPath(new URL('../../../', import.meta.url))

/** Of the built moult in a folder: threads import what Node can run as it stands. */
async function checker(folder = own): Promise<TypeChecker> {
  const file = path.join(folder, 'dist/src/checks/type-checker.js')
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Module
  const made = new module.TypeChecker()
  onTestFinished(() => made.close())
  return made
}

interface Module {
  readonly TypeChecker: typeof TypeChecker
}

const newer = (count: string): string =>
  v2(`  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: { count: ${count} }) => ({ total: Number(old.count) }) },`)

describe('a check', () => {
  test('tells what does not fit, as data, and nothing of what does', async () => {
    const root = await project()
    const types = await checker()
    const [fits, other] = await Promise.all([
      types.check(requestOf(root, counter, newer('number'))),
      types.check(requestOf(root, counter, newer('string'))),
    ])
    expect(fits).toEqual([])
    expect(other).toMatchObject([{ file: path.join(root, 'main.ts'), line: 5, column: 17 }])
    expect(other[0]?.frame).toContain(`> 5 |   codeChange: { '1.0.0': (old: { count: string })`)
  })

  test('leaves main free', async () => {
    const root = await project()
    const order: string[] = []
    const types = await checker()
    await Promise.all([
      types.check(requestOf(root, counter, newer('number'))).then(() => order.push('checked')),
      turn().then(() => order.push('a turn of main')),
    ])
    expect(order).toEqual(['a turn of main', 'checked'])
  })

  test('that runs is given up at the close', async () => {
    const root = await project()
    const types = await checker()
    const checked = types.check(requestOf(root, counter, newer('number')))
    await Promise.all([expect(checked).rejects.toThrow(), types.close()])
  })

  test('a checker that was not asked anything has nothing to end', async () => {
    const types = await checker()
    await types.close()
  })

  test('of sources without their entry rejects', async () => {
    const request = requestOf(await project(), counter, counter)
    const without = { ...request, older: { ...request.older, entry: 'gone.ts' } }
    const types = await checker()
    await expect(types.check(without)).rejects.toThrow('gone.ts')
  })
})

describe('without a TypeScript that can be asked', () => {
  test('none at all', async () => {
    const root = await project()
    const types = await checker(await installed())
    await expect(types.check(requestOf(root, counter, counter))).rejects.toMatchObject({
      name: 'MoultError',
      code: 'TYPESCRIPT_MISSING',
      message: expect.stringMatching(/npm install --save-dev typescript@6$/) as unknown,
      received: 'none',
    })
  })

  test.each([
    ['too old', '5.3.3', 'exports.createProgram = () => undefined'],
    ['without the compiler as a library', '7.0.2', ''],
    ['without a version', undefined, 'exports.createProgram = () => undefined'],
  ])('one %s', async (_name, version, text) => {
    const root = await project({ 'package.json': '{}' })
    const folder = path.join(root, 'node_modules/typescript')
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, 'package.json'), '{ "main": "index.js" }')
    const said = version === undefined ? '' : `exports.version = '${version}'\n`
    await writeFile(path.join(folder, 'index.js'), said + text)
    const types = await checker()
    await expect(types.check(requestOf(root, counter, counter))).rejects.toMatchObject({
      code: 'TYPESCRIPT_MISSING',
      expected: 'the package typescript, from 5.4 to 6',
      received: `typescript ${version ?? 'of no version'} at ${path.join(folder, 'index.js')}`,
    })
  })
})
