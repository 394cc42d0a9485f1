import { expect, test } from 'vitest'
import { runExample, verdict } from './run-example.ts'

test('game-rooms: 200 rooms tick on over an upgrade, and no player misses a frame', async () => {
  const { exitCode, output, errors } = await runExample('game-rooms')
  expect(errors).toBe('')
  expect(output).toMatch(/^200 rooms went from 1\.0\.0 to 2\.0\.0 in [\d,]+ ms,$/m)
  expect(output).toMatch(/^The longest gap that a player saw: [\d,.]+ ms .* [\d,.]+ ms since\.$/m)
  expect(verdict(output, 'ticks that were lost or came twice')).toBe('0 ok')
  expect(verdict(output, 'frames that a player missed')).toBe('0 ok')
  expect(verdict(output, 'steps that were lost or made twice')).toBe('0 ok')
  expect(verdict(output, 'players that were disconnected')).toBe('0 ok')
  expect(verdict(output, 'rooms with the new code')).toBe('200 ok')
  expect(exitCode).toBe(0)
})
