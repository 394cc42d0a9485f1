import type { AnyDefinition, ProcessRef } from 'moult'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../support/project.ts'

/** A program of which nothing is known. */
export interface Loose extends AnyDefinition {
  readonly init: () => unknown
  readonly calls: Record<string, (state: never, payload?: unknown) => unknown>
}

function program(version: string, migrations = ''): string {
  return `import { defineProcess } from 'moult'
import { said } from './lib/said.ts'
import { fail } from './lib/fail.ts'

export default defineProcess({
  version: '${version}',
  init: () => ({ calls: 0 }),
  ${migrations}
  calls: {
    said: (state) => said + ++state.calls,
    fail: () => fail(),
    die: () => process.exit(3),
  },
})
`
}

/** Version 1.0.0, as the files of a project. */
export const files = {
  'main.ts': program('1.0.0'),
  'lib/said.ts': "export const said = 'one:'\n",
  'lib/fail.ts': `interface Nothing {
  readonly nothing: true
}

export function fail(): never {
  const reason: Nothing | undefined = undefined
  throw new RangeError('failed: ' + String(reason))
}
`,
}

/** What differs in version 2.0.0. */
export const nextFiles = {
  'main.ts': program(
    '2.0.0',
    "codeChange: { '1.0.0': 'unchanged' }, downgrade: { '1.0.0': (state) => state },",
  ),
  'lib/said.ts': "export const said = 'two:'\n",
}

/** Ends the thread of a process, which is made anew. */
export async function crash(ref: ProcessRef<Loose>): Promise<void> {
  await expect(ref.call('die')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
}

/** Temporary folders of this test lie in one of their own, in which a runtime's can be found. */
export async function ownTemporaryFolder(): Promise<string> {
  const folder = await temporaryFolder()
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

/** The folder in which the images of the only runtime lie while isolates import them. */
export async function placedIn(temporary: string): Promise<string> {
  const names = (await readdir(temporary)).filter((name) => name.startsWith('moult-'))
  expect(names).toHaveLength(1)
  return path.join(temporary, names[0]!)
}
