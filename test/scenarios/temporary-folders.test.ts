// @module-tag once
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { newProject, temporaryFolder } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { files, ownTemporaryFolder, placedIn } from './image-program.ts'
import type { Loose } from './image-program.ts'

/** The folders of runtimes in a folder in which tests have some, too. */
async function runtimesIn(temporary: string): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('moult-'))
}

/** A Node process with a runtime that has loaded a program. It closes the runtime when it is told to. */
async function otherProcess(temporary: string, root: string): Promise<ChildProcess> {
  const script = path.join(await temporaryFolder(), 'other.mjs')
  await writeFile(
    script,
    `import { createRuntime } from ${JSON.stringify(import.meta.resolve('moult'))}
const runtime = await createRuntime({ warmSpares: 0 })
await runtime.load(${JSON.stringify(path.join(root, 'main.ts'))})
process.once('message', () => runtime.close().then(() => process.disconnect()))
console.log('loaded')`,
  )
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(createInterface(child.stdout!), 'line')
  return child
}

test('what a killed runtime has left is gone when the next one has loaded and closed; what another uses is not', async () => {
  const temporary = await ownTemporaryFolder()
  const root = await newProject(files)
  const killed = await otherProcess(temporary, root)
  const [left] = await runtimesIn(temporary)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  expect(await runtimesIn(temporary)).toEqual([left])
  const others = await Promise.all([1, 2].map(() => otherProcess(temporary, root)))
  const runtime = await testRuntime()
  const ref = await (await runtime.load<Loose>(path.join(root, 'main.ts'))).spawn()
  expect(await ref.call('said')).toBe('one:1')
  await runtime.close()
  const used = await runtimesIn(temporary)
  expect(used).toHaveLength(2)
  expect(used).not.toContain(left)
  for (const other of others) {
    other.send('close')
    await once(other, 'exit')
  }
  expect(await runtimesIn(temporary)).toEqual([])
})

test('images are laid out in a folder that is named, whatever TMPDIR says', async () => {
  const [unused, tempFolder] = [await ownTemporaryFolder(), await temporaryFolder()]
  const root = await newProject(files)
  const runtime = await testRuntime({ tempFolder })
  const ref = await (await runtime.load<Loose>(path.join(root, 'main.ts'))).spawn()
  expect(await ref.call('said')).toBe('one:1')
  expect(await readdir(await placedIn(tempFolder))).not.toEqual([])
  expect(await runtimesIn(unused)).toEqual([])
  await runtime.close()
  expect(await runtimesIn(tempFolder)).toEqual([])
})

const refusalOf = (file: string, received: unknown): object => ({
  code: 'LOAD_FAILED',
  file,
  received,
  expected: expect.stringContaining('TMPDIR, or createRuntime({ tempFolder })') as string,
  message: expect.stringContaining(`cannot be laid out in ${file}: `) as string,
  cause: { code: received },
})

test('a folder that does not exist, or is none, is refused by its name; once it can be used it is', async () => {
  const temporary = await ownTemporaryFolder()
  const root = await newProject(files)
  const main = path.join(root, 'main.ts')
  const gone = path.join(temporary, 'gone')
  const runtime = await testRuntime({ tempFolder: gone })
  await expect(runtime.load(main)).rejects.toMatchObject(refusalOf(gone, 'ENOENT'))
  const file = path.join(root, 'package.json')
  const other = await testRuntime({ tempFolder: file })
  await expect(other.load(main)).rejects.toMatchObject(refusalOf(file, 'ENOTDIR'))
  process.env['TMPDIR'] = gone
  const third = await testRuntime()
  await expect(third.load(main)).rejects.toMatchObject(refusalOf(gone, 'ENOENT'))
  process.env['TMPDIR'] = temporary
  await third.load(main)
})

test.runIf(process.getuid?.() !== 0)('a folder that may not be written is refused', async () => {
  const tempFolder = await temporaryFolder()
  await chmod(tempFolder, 0o500)
  const runtime = await testRuntime({ tempFolder })
  const load = runtime.load(path.join(await newProject(files), 'main.ts'))
  await expect(load).rejects.toMatchObject(refusalOf(tempFolder, 'EACCES'))
})

test.runIf(process.platform === 'linux')(
  'a folder in which the system has no others is refused',
  async () => {
    const runtime = await testRuntime({ tempFolder: '/proc' })
    const load = runtime.load(path.join(await newProject(files), 'main.ts'))
    await expect(load).rejects.toMatchObject(refusalOf('/proc', 'ENOENT'))
  },
)
