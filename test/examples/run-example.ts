import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** How an example ended, and what it printed. */
export interface Ending {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

/** Runs an example as it stands, in a process of its own like `npm start` does. */
export async function runExample(name: string, ...flags: string[]): Promise<Ending> {
  const main = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill())
  const exit = once(child, 'close') as Promise<[exitCode: number | null]>
  const [output, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ])
  return { exitCode, output, errors }
}

/** What the last table of an output says of a check. */
export function verdict(output: string, check: string): string | undefined {
  const line = output.split('\n').find((each) => each.trim().startsWith(`${check}  `))
  return line?.trim().slice(check.length).trim().replace(/\s+/g, ' ')
}
