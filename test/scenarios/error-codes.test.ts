// @module-tag once
import { readFileSync } from 'node:fs'
import { errorCodes } from 'moult'
import type { ErrorCode } from 'moult'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { loading } from './codes/loading.ts'
import { messages } from './codes/messages.ts'
import { upgrades } from './codes/upgrades.ts'
import { World } from './codes/world.ts'
import type { Row } from './codes/world.ts'

const rows: Partial<Record<ErrorCode, Row>> = { ...loading, ...messages, ...upgrades }

/** Fields that the documentation names, by code. */
const documented = new Map(
  readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const fields = /^- \*\*Fields:\*\* (.+)$/m.exec(section)?.[1]?.match(/\w+/g) ?? []
      return [section.slice(0, section.indexOf('\n')), fields]
    }),
)

let world: World
beforeAll(async () => {
  world = await World.open()
})
afterEach(() => world.reset())
afterAll(() => world.close())

test('every code has a row', () => {
  // The one that goes away with moved buffers.
  const codes = Object.keys(errorCodes).filter((code) => code !== 'STATE_LOST')
  expect(Object.keys(rows).sort()).toEqual(codes.sort())
})

test.each(Object.entries(rows))('%s', async (code, { bring, error }) => {
  const thrown: unknown = await bring(world).catch((reason: unknown) => reason)
  expect(thrown).toBeInstanceOf(Error)
  const { name, code: thrownCode, ...fields } = thrown as Error & { readonly code: string }
  expect([name, thrownCode]).toEqual(['MoultError', code])
  expect(thrown).toMatchObject(error)
  expect(documented.get(code)).toEqual(expect.arrayContaining(Object.keys(fields)))
})
