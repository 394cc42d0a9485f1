import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What came of one file. */
export interface Outcome {
  readonly value?: unknown
  readonly error?: string
}

/** Where the results begin in the output. */
const MARK = '\n@results@'

/** What the call `it` returns of the definition in each file, in a Node without moult. All run in one thread. */
export async function inPlainNode(
  files: readonly string[],
  { flags = [], env = {} }: { flags?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<readonly Outcome[]> {
  const urls = files.map((file) => pathToFileURL(file).href)
  const { stdout } = await run(
    process.execPath,
    [...flags, '--no-warnings', '--input-type=module', '-e', program(urls)],
    { env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: 1e8 },
  )
  return JSON.parse(stdout.split(MARK)[1] ?? '[]') as readonly Outcome[]
}

function program(urls: readonly string[]): string {
  return `const outcomes = []
for (const url of ${JSON.stringify(urls)}) {
  try {
    const { default: definition } = await import(url)
    outcomes.push({ value: await definition.calls.it() })
  } catch (error) {
    outcomes.push({ error: String(error) })
  }
}
process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(outcomes), () => process.exit(0))`
}
