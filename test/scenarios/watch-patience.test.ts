// @module-tag once
import { once } from 'node:events'
import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Watch } from 'moult'
import { expect, test } from 'vitest'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import { world } from './contract-programs.ts'
import { Project, event, text, watched } from './watched.ts'
import type { Shape } from './watched.ts'

/** What a watch tells from now on. */
function heard(watch: Watch): unknown[] {
  const told: unknown[] = []
  watch.on('upgraded', ({ to }) => told.push(['upgraded', to.version]))
  watch.on('failed', ({ error }) => told.push((error as { code?: string }).code))
  watch.on('unchanged', ({ codeName }) => told.push(['unchanged', codeName]))
  return told
}

test('a save during a long handler is told, and tried again until the handler has ended', async () => {
  const gates = new TestGates()
  const { runtime, code, file } = await world([{}], {}, gates)
  const ref = await code.spawn()
  let tries = 0
  runtime.on('upgradeFailed', () => tries++)
  const watch = code.watch({ debounceMs: 1, suspendTimeoutMs: 20 })
  const told = heard(watch)
  const held = ref.call('wait', 'gate')
  await gates.reached('gate')
  const failed = event(watch, 'failed')
  const source = `export default { version: '1', init: () => ({}), calls: { number: () => 'edited', wait: () => 1 } }`
  await writeFile(file(1), source)
  expect(await failed).toMatchObject({ error: { code: 'SUSPEND_TIMEOUT' } })
  await expect.poll(() => tries).toBeGreaterThan(4)
  // Tries that fail as before are not told. The system may have told of the save twice.
  expect(told.length).toBeLessThan(3)
  const upgraded = event(watch, 'upgraded')
  gates.open('gate')
  await upgraded
  await held
  expect(await ref.call('number', 1)).toBe('edited')
})

test('a file that is away for a moment, or seen half-written, is no failure', async () => {
  const { project, runtime, watch, next } = await watched()
  const told = heard(watch)
  const away = path.join(project.folder, 'away.txt')
  /** Makes a change, and waits until a try has met the file as it is then. */
  const tried = async (change: () => Promise<void>): Promise<void> => {
    const failed = once(runtime, 'upgradeFailed')
    await change()
    await failed
  }
  await tried(() => rename(project.file, away))
  await rename(away, project.file)
  await tried(() => rm(project.file))
  const upgraded = event(watch, 'upgraded')
  const whole = text('b')
  for (let part = 1; part < 6; part++) {
    await tried(() => writeFile(project.file, whole.slice(0, (whole.length * part) / 6)))
  }
  await writeFile(project.file, whole)
  await upgraded
  expect(await next()).toBe('1-b')
  expect(told.filter((each) => typeof each === 'string')).toEqual([])
})

test('one that stays away, or broken, is told', async () => {
  const { project, watch, next } = await watched()
  for (const [broken, code] of [
    [undefined, 'FILE_NOT_FOUND'],
    ['export default {', 'SYNTAX_ERROR'],
    ['', 'NOT_A_DEFINITION'],
  ]) {
    const failed = event(watch, 'failed')
    if (broken === undefined) await rm(project.file)
    else await project.save('main.ts', broken)
    expect(await failed).toMatchObject({ error: { code } })
  }
  expect(await next()).toBe('1-a')
})

test('a save in one plug-in does not rebuild its neighbours; one of what they share rebuilds both', async () => {
  const project = await Project.create()
  const runtime = await testRuntime()
  await project.save('other.ts', text('o'))
  const [main, other] = [
    await runtime.load<Shape>(project.file),
    await runtime.load<Shape>(path.join(project.folder, 'other.ts')),
  ]
  const [one, two] = [await main.spawn(), await other.spawn()]
  const watch = runtime.watch({ debounceMs: 1 })
  const told: string[] = []
  watch.on('unchanged', ({ codeName }) => told.push(`${codeName} unchanged`))
  watch.on('upgraded', ({ codeName }) => told.push(`${codeName} upgraded`))
  // What was saved before the watch began is looked at once.
  await expect.poll(() => told.length).toBe(2)
  told.length = 0
  await project.save('main.ts', text('b'))
  await expect.poll(() => told).toContain('main upgraded')
  expect([await one.call('next'), await two.call('next')]).toEqual(['1-b', '1-o'])
  await project.save('other.ts', text('p'))
  await expect.poll(() => told).toContain('other upgraded')
  // The saves of a code are handled in their order: had it been built for the save of the other, that came first.
  expect(told.filter((each) => each.startsWith('other'))[0]).toBe('other upgraded')
  expect(await two.call('next')).toBe('2-p')
  await project.save('mark.ts', `export const mark = '='\n`)
  await expect.poll(() => two.call('next')).toContain('=p')
  await expect.poll(() => one.call('next')).toContain('=b')
})
