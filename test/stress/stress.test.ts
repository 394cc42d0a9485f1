import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const fresh = Math.floor(Math.random() * 2 ** 31)

// The seed is in the test's name, so that a failure can be made again.
test.each([
  [1, []],
  [fresh, []],
  [fresh, ['--graphs']],
])(
  'a stress of some seconds, seed %i %s',
  async (seed, more) => {
    const args = ['--import', 'tsx', main, '--seconds', '4', '--seed', String(seed), ...more]
    const run = promisify(execFile)(process.execPath, args, { timeout: 110_000 })
    const { stdout } = await run.catch((reason: unknown) => {
      const { message, stdout, stderr } = reason as Error & { stdout: string; stderr: string }
      throw new Error(`${message}\n${stdout}\n${stderr}`)
    })
    expect(stdout).toContain('every guarantee held')
  },
  120_000,
)
