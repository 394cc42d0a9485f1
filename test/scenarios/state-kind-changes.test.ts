// @module-tag once
import { expect, test } from 'vitest'
import type { Code } from 'moult'
import type kinds from '../fixtures/kinds/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

type Warning = readonly [message: string, fields: Readonly<Record<string, unknown>>]

/** What the logger is told while two processes of 1.0.0 are moved. */
async function warningsOf(
  move: (code: Code<typeof kinds>) => Promise<unknown>,
): Promise<Warning[]> {
  const warnings: Warning[] = []
  const silent = (): void => undefined
  const warn = (...warning: Warning): void => void warnings.push(warning)
  const logger = { debug: silent, info: silent, error: silent, warn }
  const runtime = await testRuntime({ logger })
  const code = await runtime.load<typeof kinds>(fixture('kinds/v1.ts'), { isolates: 1 })
  const refs = [await code.spawn(), await code.spawn()]
  await move(code)
  for (const ref of refs) await ref.call('get')
  return warnings
}

const fileOf = (name: string): URL => fixture(`kinds/${name}.ts`)

test.each([
  ['null', 'null'],
  ['text', 'string'],
  ['nan', 'number'],
  ['list', 'array'],
])('a codeChange that makes %s of an object is warned of once', async (file, is) => {
  const fields = { from: '1.0.0', to: '2.0.0', was: 'object', is }
  const message = `codeChange from 1.0.0 to 2.0.0 has made a state of the kind ${is} of one of the kind object`
  const warnings = await warningsOf((code) => code.upgrade(fileOf(file)))
  expect(warnings).toEqual([[message, expect.objectContaining(fields)]])
})

test.each(['same', 'schema'])(
  'nothing is said where the kind is the same, or by a schema: %s',
  async (file) => {
    expect(await warningsOf((code) => code.upgrade(fileOf(file)))).toEqual([])
  },
)

test('so is a downgrade', async () => {
  const warnings = await warningsOf(async (code) => {
    await code.upgrade(fileOf('back'))
    await code.downgrade('1.0.0')
  })
  const message =
    'downgrade from 2.0.0 to 1.0.0 has made a state of the kind null of one of the kind object'
  expect(warnings.map(([text]) => text)).toEqual([message])
})

test('and what a version between makes of it, though the last one makes an object again', async () => {
  const warnings = await warningsOf(async (code) => {
    await code.load(fileOf('null'))
    await code.upgrade(fileOf('third'))
  })
  const message =
    'codeChange from 1.0.0 to 2.0.0 has made a state of the kind null of one of the kind object'
  expect(warnings.map(([text]) => text)).toEqual([message])
})
