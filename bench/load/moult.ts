import { createRuntime } from 'moult'
import type { AnyDefinition, Code, Runtime } from 'moult'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { timed } from './loading.ts'
import type { Loading } from './loading.ts'
import type { Program } from './programs.ts'

interface Stateless extends AnyDefinition {
  readonly init: () => unknown
}

/** What an image is made of, as moult tells it. */
export interface Closure {
  readonly files: number
  readonly packages: number
  readonly bytes: number
}

/** A line of versions whose current one stays out of the way: what is loaded can be purged again. */
async function openLine(
  runtime: Runtime,
  { files: [file] }: Program,
): Promise<Code<AnyDefinition>> {
  const idle = path.join(path.dirname(file), 'idle.mjs')
  await writeFile(idle, "export default { version: '0', init: () => null }\n")
  return runtime.load(idle)
}

/** Waits for the spare that takes the place of the one that was used. */
async function restocked(runtime: Runtime, isolates: number): Promise<void> {
  while (runtime.isolates !== isolates) await turn()
}

/** A load from the file: bundled, stored in a folder, imported and checked. */
export async function openCold(program: Program): Promise<Loading> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-'))
  const runtime = await createRuntime({ store: { directory } })
  const code = await openLine(runtime, program)
  return {
    name: 'moult, file',
    async prepare() {
      await rm(directory, { recursive: true })
      await restocked(runtime, 2)
    },
    load: () => timed(() => code.load(program.files[0])),
    tidy: () => code.purge('1'),
    async close() {
      await runtime.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A load from the store: read, compared with its hash, laid out, imported and checked. */
export async function openStored(
  program: Program,
): Promise<{ readonly loading: Loading; readonly closure: Closure }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-'))
  const runtime = await createRuntime({ store: { directory } })
  const code = await openLine(runtime, program)
  const { hash: image } = await code.load(program.files[0])
  const info = (await code.versions()).find((each) => each.hash === image)!
  await code.purge('1')
  const loading = {
    name: 'moult, image',
    prepare: () => restocked(runtime, 2),
    load: () => timed(() => code.load({ image })),
    tidy: () => code.purge('1'),
    async close() {
      await runtime.close()
      await rm(directory, { recursive: true })
    },
  }
  const { sources, packages, imageBytes: bytes } = info
  return { loading, closure: { files: sources.length, packages: packages.length, bytes } }
}

/** All of an upgrade that comes before the suspend, with so many spares. */
export async function openPrepare(program: Program, warmSpares: number): Promise<Loading> {
  const runtime = await createRuntime({ warmSpares })
  const [v1, v2] = program.files
  const code = await runtime.load<Stateless>(v1)
  await code.spawn()
  let next = v2
  return {
    name: warmSpares > 0 ? 'moult, prepare' : 'moult, prepare without a spare',
    prepare: () => restocked(runtime, 1 + warmSpares),
    async load() {
      const { phases } = await code.upgrade(next)
      return phases.bundle + phases.load + phases.open + phases.rehearse
    },
    async tidy() {
      await code.softPurge(next === v2 ? '1' : '2')
      next = next === v2 ? v1 : v2
    },
    close: () => runtime.close(),
  }
}
