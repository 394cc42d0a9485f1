// @module-tag once
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiPage, makeApiPage } from './api-page.ts'

test('the page of the API is what `npm run docs` makes of the doc comments', async () => {
  expect(readFileSync(apiPage, 'utf8')).toBe(await makeApiPage())
})
