// @module-tag once
import { expect, test } from 'vitest'
import { runExample } from './run-example.ts'

test('ping-pong: every ping has its pong, numbered through, by the old code and then by the new', async () => {
  const { exitCode, output, errors } = await runExample('ping-pong')
  expect(errors).toBe('')
  expect(exitCode).toBe(0)

  const pongs = [...output.matchAll(/^pong (\d+) for \w+(, the new code's \d+)?/gm)]
  expect(pongs.map(([, number]) => Number(number))).toEqual(pongs.map((_, index) => index + 1))
  const byNew = pongs.map(([, , mark]) => mark !== undefined)
  expect(byNew).toContain(true)
  expect(byNew).toEqual(byNew.toSorted())
  expect(output).toMatch(/upgraded from 1\.0\.0 to 2\.0\.0/)
  expect(output).toMatch(/it stood still for [\d.]+ ms, \d+ pings waited/)
  expect(output).toContain(`${pongs.length} pings sent, ${pongs.length} counted`)
})
