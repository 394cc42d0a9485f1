import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defineProcess } from 'moult'
import type { Code, ProcessRef, Runtime, Watch, WatchOptions } from 'moult'
import { onTestFinished } from 'vitest'
import { testRuntime } from '../support/runtime.ts'

/** What the files define, but for the mark. */
export const shape = defineProcess({
  version: '1.0.0',
  init: () => ({ count: 0 }),
  calls: { next: (state) => `${++state.count}` },
})
export type Shape = typeof shape

/** A program whose replies end in the marks of both its files. */
export const text = (mark: string, version = '1.0.0', more = ''): string => `
import { defineProcess } from 'moult'
import { mark } from './mark.ts'
export default defineProcess({
  version: '${version}',
  init: () => ({ count: 0 }),
  ${more}
  calls: { next: (state) => (++state.count) + mark + '${mark}' },
})
`

/** A folder with a program. */
export class Project {
  readonly folder: string
  readonly file: string

  constructor(folder: string) {
    this.folder = folder
    this.file = path.join(folder, 'main.ts')
  }

  static async create(): Promise<Project> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-test-')))
    onTestFinished(() => rm(folder, { recursive: true }))
    const project = new Project(folder)
    await project.save('package.json', '{}')
    await project.save('mark.ts', `export const mark = '-'\n`)
    await project.save('main.ts', text('a'))
    return project
  }

  /** In one step: whoever reads meanwhile sees the file as it was, or as it is. */
  async save(name: string, content: string): Promise<void> {
    const file = path.join(this.folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(`${file}.draft`, content)
    await rename(`${file}.draft`, file)
  }
}

/** A program that runs and is watched. */
export interface Watched {
  readonly project: Project
  readonly runtime: Runtime
  readonly code: Code<Shape>
  readonly process: ProcessRef<Shape>
  readonly watch: Watch
  readonly next: () => Promise<string>
}

/** Loads, spawns and watches a new program. */
export async function watched(options: WatchOptions = {}): Promise<Watched> {
  const project = await Project.create()
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(project.file)
  const process = await code.spawn()
  const watch = code.watch({ debounceMs: 1, ...options })
  return { project, runtime, code, process, watch, next: () => process.call('next') }
}

/** The next event of this name. */
export async function event(
  watch: Watch,
  name: 'upgraded' | 'failed' | 'unchanged',
): Promise<unknown> {
  const [told] = (await once(watch, name)) as [unknown]
  return told
}
