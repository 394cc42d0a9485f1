import { expect, test } from 'vitest'
import { runExample, verdict } from './run-example.ts'

test('plugins: requests are answered by what was saved last, and a broken plug-in is refused', async () => {
  const { exitCode, output, errors } = await runExample('plugins')
  expect(errors).toBe('')
  expect(output).toMatch(/^plug-ins: email, gcd, roman$/m)
  expect(output.match(/^ {2}gcd 48,36: .+/gm)).toEqual([
    '  gcd 48,36: 12',
    '  gcd 48,36: 12',
    '  gcd 48,36: it is 12',
  ])
  expect(output).toMatch(/^ {2}open of gcd threw: ENOENT/m)
  expect(verdict(output, 'requests that failed')).toBe('0 ok')
  expect(verdict(output, 'answers that were lost or came twice')).toBe('0 ok')
  expect(verdict(output, 'answers that were not those of what was saved')).toBe('0 ok')
  expect(verdict(output, 'edits that were refused')).toBe('1 ok')
  expect(exitCode).toBe(0)
})
