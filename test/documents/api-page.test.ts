// @module-tag once
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { apiPages, makeApiPage } from './api-page.ts'
import { root } from './pages.ts'

test.each(apiPages)('$page is what `npm run docs` makes of the doc comments', async (each) => {
  expect(readFileSync(path.join(root, each.page), 'utf8')).toBe(await makeApiPage(each))
})
