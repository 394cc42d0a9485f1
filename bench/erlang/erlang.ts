import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const modules = ['swap', 'client', 'costs', 'session']
const sourceOf = (module: string): string => {
  return fileURLToPath(new URL(`./${module}.erl`, import.meta.url))
}

let compiled: string | undefined

/** Whether `erl` is on the PATH. Says how to get it where it is not. */
export function hasErlang(): boolean {
  try {
    compiled ??= compile()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.error('skipping Erlang: there is no erl on the PATH (apt-get install erlang-nox)')
    return false
  }
}

/** The folder with the compiled modules. The program that is swapped is compiled by the session: it has two versions. */
function compile(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'moult-bench-erlang-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  execFileSync('erlc', ['-o', directory, ...modules.map(sourceOf)])
  return directory
}

/** What an Erlang node answers; times in microseconds unless the name says otherwise. */
interface Answers {
  readonly info: { readonly otp: number; readonly schedulers: number }
  readonly store: object
  readonly swap: { readonly gap: number; readonly pause: number }
  readonly spawn: { readonly spawn_us: number; readonly bytes: number }
  readonly upgrade: { readonly total: number; readonly stills: readonly number[] }
  readonly 'round-trips': { readonly ns: readonly number[] }
  readonly calls: { readonly per_second: number }
  readonly casts: { readonly per_second: number }
}

/** An Erlang node that does what it is told, one command after the other, and sleeps meanwhile. */
export class Erlang {
  readonly #node: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor() {
    compiled ??= compile()
    const flags = ['-noshell', '-pa', compiled, '-run', 'session', 'start', sourceOf('store')]
    this.#node = spawn('erl', [...flags])
    this.#node.stderr.pipe(process.stderr)
    this.#lines = createInterface({ input: this.#node.stdout })[Symbol.asyncIterator]()
  }

  async ask<Command extends keyof Answers>(
    command: Command,
    ...given: readonly number[]
  ): Promise<Answers[Command]> {
    this.#node.stdin.write(`${[command, ...given].join(' ')}\n`)
    const line = await this.#lines.next()
    // What an Erlang process crashes with is text, and the last thing that the node says.
    if (line.done === true || !line.value.startsWith('{')) {
      throw new Error(`Erlang did not answer '${command}': ${line.value as string}`)
    }
    return JSON.parse(line.value) as Answers[Command]
  }

  async close(): Promise<void> {
    const exit = once(this.#node, 'exit')
    this.#node.stdin.end()
    await exit
  }
}
