import { expect, test } from 'vitest'
import { runExample, verdict } from './run-example.ts'

test('collaborative-docs: two clients go on writing over an upgrade, and their texts are equal', async () => {
  const { exitCode, output, errors } = await runExample('collaborative-docs')
  expect(errors).toBe('')
  expect(output).toMatch(/^1\.0\.0 to 2\.0\.0 while \d+ words were written;$/m)
  expect(output).toMatch(/^the document stood still for [\d.]+ ms$/m)
  expect(verdict(output, 'words that were lost')).toBe('0 ok')
  expect(verdict(output, 'words that are there twice')).toBe('0 ok')
  expect(verdict(output, 'clients whose text differs')).toBe('0 ok')
  expect(verdict(output, 'sockets that were closed')).toBe('0 ok')
  expect(verdict(output, 'threads of 1.0.0 that exited')).toBe('1 ok')
  expect(exitCode).toBe(0)
})
