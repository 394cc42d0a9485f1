import { expect, test } from 'vitest'
import { runExample, verdict } from './run-example.ts'

test('agent: a story goes on in another voice, without a word missing, and answers are remembered', async () => {
  const { exitCode, output, errors } = await runExample('agent')
  expect(errors).toBe('')
  expect(output).toMatch(
    /^After 1 questions I say to "tell me a story": word1 .* word9 .* WORD\d+$/m,
  )
  expect(output).toMatch(/^AFTER 1 QUESTIONS I SAY TO "WHO ARE YOU NOW": WORD1 .* WORD20$/m)
  expect(verdict(output, 'words of the story in their places')).toMatch(/^\d+ ok$/)
  expect(verdict(output, 'times that the voice changed in it')).toBe('1 ok')
  expect(verdict(output, 'whole answers that are remembered')).toBe('2 ok')
  expect(verdict(output, 'versions that the schedule has reported from')).toBe('2 ok')
  expect(exitCode).toBe(0)
})
