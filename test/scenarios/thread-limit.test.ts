import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { fixture } from '../support/runtime.ts'

const program = fileURLToPath(fixture('threads/at-the-limit.mjs'))

/** The system limits all users but root. */
const isRoot = process.getuid?.() === 0
const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']

/** The command with its arguments, for a user who can be limited. */
function limited(command: string, ...given: string[]): [string, string[]] {
  return isRoot ? ['setpriv', [...nobody, command, ...given]] : [command, given]
}

function run(command: string, ...given: string[]): { failed: boolean; output: string } {
  const { status, stdout } = spawnSync(...limited(command, ...given), { encoding: 'utf8' })
  return status === 0 ? { failed: false, output: stdout.trim() } : { failed: true, output: '' }
}

function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'limits of threads are set as on Linux'
  if (run('prlimit', '--version').failed) return 'there is no prlimit, or for root no setpriv'
  const isReadable = !run(process.execPath, '--check', program).failed
  return isReadable ? undefined : 'a user without rights cannot read these files'
}

const skipped = obstacle()

/** Sets how many threads the program's user may have. They are all counted, so one is none more. */
function allow(threads: string, { pid }: ChildProcess): void {
  const { failed } = run('prlimit', '--pid', String(pid), `--nproc=${threads}:`)
  expect(failed).toBe(false)
}

test.skipIf(skipped !== undefined)(
  `where the system gives no more threads nothing ends main, and all goes on when it does (${skipped ?? 'as here'})`,
  async () => {
    const most = run('prlimit', '--nproc', '--output=HARD', '--noheadings', '--raw').output
    const child = spawn(...limited(process.execPath, program), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    onTestFinished(() => void child.kill())
    const exited = once(child, 'exit')
    const said: unknown[] = []
    child.on('message', (message) => {
      said.push(message)
      if (typeof message !== 'string') return
      allow(message === 'no more' ? '1' : most, child)
      child.send('go on')
    })
    expect(await exited).toEqual([0, null])
    const none = 'ISOLATE_START_FAILED'
    expect(said.at(-1)).toEqual({
      spawn: none,
      dies: 'ISOLATE_EXITED',
      upgrade: none,
      typecheck: none,
      rolling: none,
      load: none,
      coldest: none,
      served: 1,
      waits: 'still',
      madeAnew: 'done',
      spawnAfterwards: 'done',
      upgradeAfterwards: 'done',
      loadAfterwards: 'done',
      coldestAfterwards: 'done',
      closed: 'done',
    })
  },
)
