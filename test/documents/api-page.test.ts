// @module-tag once
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiPage, stampOf } from './api-page.ts'

test('the page of the API is what `npm run docs` makes of the doc comments', () => {
  const text = readFileSync(apiPage, 'utf8')
  const end = text.lastIndexOf('<!-- ')
  expect(text.slice(end)).toBe(stampOf(text.slice(0, end)))
})
