// @module-tag once
import type { Code, ProcessRef } from 'moult'
import { expect, onTestFinished, test } from 'vitest'
import type desk from '../../examples/hot-patch/desk.ts'
import { createProject } from '../../examples/hot-patch/project.ts'
import type { Project } from '../../examples/hot-patch/project.ts'
import { testRuntime } from '../support/runtime.ts'

type Desk = ProcessRef<typeof desk>

/** The desk of the example on the old release of minimist. */
async function start(): Promise<{ project: Project; code: Code<typeof desk> }> {
  const project = await createProject()
  onTestFinished(() => project[Symbol.asyncDispose]())
  await project.install('minimist-old')
  const runtime = await testRuntime()
  const code = await runtime.load(project.file)
  // The example is typed by the package, the tests' runtime by its source.
  return { project, code: code as unknown as Code<typeof desk> }
}

/** Whether everybody has rights once somebody has asked for them. */
async function falls(ref: Desk, number: number): Promise<boolean> {
  await ref.call('order', { sender: 'Mallory', number, line: ['--__proto__.isAdmin'] })
  const { mayRefund } = await ref.call('order', { sender: 'Bob', number, line: [] })
  return mayRefund
}

async function liveReleases(code: Code<typeof desk>): Promise<string[]> {
  const live = (await code.versions()).filter(({ isolates }) => isolates.length > 0)
  return live.flatMap(({ packages }) => packages.map(({ name, version }) => `${name} ${version}`))
}

test('what an attack has done to its isolate stays in there, and is gone with it', async () => {
  const { project, code } = await start()
  const [attacked, other] = [await code.spawn(), await code.spawn()]
  expect(await falls(attacked, 1)).toBe(true)
  expect(Object.prototype).not.toHaveProperty('isAdmin')
  const receipt = await other.call('order', { sender: 'Bob', number: 1, line: [] })
  expect(receipt.mayRefund).toBe(false)

  await project.install('minimist-fixed')
  const report = await code.upgrade(project.file)
  expect(report.processes.map(({ oldThread }) => oldThread?.exitCode)).toEqual([0, 0])
  expect(await liveReleases(code)).toEqual(['minimist 1.2.8'])
  expect(await falls(attacked, 2)).toBe(false)
  const { accounts } = await attacked.state()
  expect([...accounts].map(([name, { latest }]) => [name, latest])).toEqual([
    ['Mallory', 2],
    ['Bob', 2],
  ])
})

test('a pinned process keeps the old release until it is moved by itself', async () => {
  const { project, code } = await start()
  const old = code.version.version
  const pinned = await code.spawn({ name: 'pinned', version: old })
  await code.spawn()
  await project.install('minimist-fixed')
  expect((await code.upgrade(project.file)).pinned).toEqual(['pinned'])
  expect(await liveReleases(code)).toEqual(['minimist 1.2.0', 'minimist 1.2.8'])
  await expect(code.softPurge(old)).rejects.toMatchObject({
    code: 'VERSION_IN_USE',
    received: 'pinned',
  })

  await pinned.upgrade(project.file)
  expect(await falls(pinned, 1)).toBe(false)
  expect(await liveReleases(code)).toEqual(['minimist 1.2.8'])
})

test('a purged release does not come back by a roll back, nor by its label', async () => {
  const { project, code } = await start()
  const ref = await code.spawn()
  const old = code.version.version
  await project.install('minimist-fixed')
  await code.upgrade(project.file)
  await code.softPurge(old)
  await expect(code.rollBack()).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' })
  await expect(ref.upgrade(old)).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' })
  await expect(code.spawn({ version: old })).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' })
  expect(await falls(ref, 1)).toBe(false)
})
