// @module-tag once
import { expect, test } from 'vitest'
import type kinds from '../fixtures/kinds/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

type Warning = readonly [message: string, fields: Readonly<Record<string, unknown>>]

/** What the logger was told by an upgrade of two processes. */
async function warningsOf(file: string): Promise<Warning[]> {
  const warnings: Warning[] = []
  const silent = (): void => undefined
  const warn = (...warning: Warning): void => void warnings.push(warning)
  const logger = { debug: silent, info: silent, error: silent, warn }
  const runtime = await testRuntime({ logger })
  const code = await runtime.load<typeof kinds>(fixture('kinds/v1.ts'), { isolates: 1 })
  const refs = [await code.spawn(), await code.spawn()]
  await code.upgrade(fixture(`kinds/${file}.ts`))
  for (const ref of refs) await ref.call('get')
  return warnings
}

test.each([
  ['null', 'null'],
  ['text', 'string'],
  ['nan', 'number'],
  ['list', 'array'],
])('a codeChange that makes %s of an object is warned of once', async (file, is) => {
  const fields = { from: '1.0.0', to: '2.0.0', was: 'object', is }
  const message = `codeChange from 1.0.0 to 2.0.0 has made a state of the kind ${is} of one of the kind object`
  expect(await warningsOf(file)).toEqual([[message, expect.objectContaining(fields)]])
})

test.each(['same', 'schema'])(
  'nothing is said where the kind is the same, or by a schema: %s',
  async (file) => {
    expect(await warningsOf(file)).toEqual([])
  },
)
