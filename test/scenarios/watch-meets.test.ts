// @module-tag once
import { once } from 'node:events'
import { cp, open, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Code, RuntimeEvents, Watch } from 'moult'
import { expect, test } from 'vitest'
import { gate } from '../support/gate.ts'
import { testRuntime } from '../support/runtime.ts'
import { Project, event, text, watched } from './watched.ts'
import type { Shape } from './watched.ts'

/** Waits until replies end in a mark. */
async function upgradedTo(watch: Watch, next: () => Promise<string>, mark: string): Promise<void> {
  for (;;) {
    const upgraded = event(watch, 'upgraded')
    if ((await next()).endsWith(mark)) return
    await upgraded
  }
}

const labels = async (code: Code<Shape>): Promise<string[]> =>
  (await code.versions()).map(({ version }) => version)

test('two watches of one code are never in the way of each other, and keep no edit', async () => {
  const { project, code, runtime, watch, next } = await watched()
  const failures: unknown[] = []
  const other = runtime.watch({ debounceMs: 1 })
  for (const each of [watch, other]) each.on('failed', (failure) => failures.push(failure))
  for (const mark of ['b', 'c', 'd']) {
    const told = [watch, other].map((each) => Promise.race(both(each)))
    await project.save('main.ts', text(mark))
    await Promise.all(told)
    await expect.poll(next).toMatch(new RegExp(`${mark}$`))
  }
  await Promise.all([watch.close(), other.close()])
  expect(failures).toEqual([])
  expect(await labels(code)).toEqual(['1.0.0', code.version.version])
})

function both(watch: Watch): Promise<unknown>[] {
  return [once(watch, 'upgraded'), once(watch, 'unchanged')]
}

test('an upgrade by hand waits for that of a watch, and the watch goes on with the other file', async () => {
  const { project, runtime, code, watch, next } = await watched()
  const failed: RuntimeEvents['upgradeFailed'][] = []
  runtime.on('upgradeFailed', (...told) => failed.push(told))
  const change = `codeChange: { '1.0.0': 'unchanged' },`
  await project.save('mark.ts', `export const mark = '='\n`)
  await project.save('next/mark.ts', `export const mark = '#'\n`)
  await project.save('next/main.ts', text('x', '2.0.0', change))
  // The watch looks at its files just now.
  await code.upgrade(path.join(project.folder, 'next/main.ts'))
  expect(await next()).toBe('1#x')
  await project.save('next/mark.ts', `export const mark = '*'\n`)
  await upgradedTo(watch, next, '*x')
  await project.save('next/main.ts', text('y', '2.0.0', change))
  await upgradedTo(watch, next, '*y')
  expect(failed).toEqual([])
  // No edit of the file before has stayed.
  await expect.poll(() => labels(code)).toEqual(['1.0.0', '2.0.0', code.version.version])
  await watch.close()
})

test('a roll back by hand holds until the next save', async () => {
  const { project, code, watch, next } = await watched()
  await project.save(
    'main.ts',
    text(
      'b',
      '2.0.0',
      `codeChange: { '1.0.0': 'unchanged' }, downgrade: { '1.0.0': (state) => state },`,
    ),
  )
  await upgradedTo(watch, next, 'b')
  await code.rollBack()
  expect(await next()).toMatch(/-a$/)
  expect(code.version.version).toBe('1.0.0')
  await project.save('main.ts', text('c'))
  await upgradedTo(watch, next, 'c')
  expect(code.version.version).toMatch(/^1\.0\.0\+/)
})

test('of the saves during an upgrade the last one counts', async () => {
  const project = await Project.create()
  const [reached, goOn] = [gate(), gate()]
  const runtime = await testRuntime({
    faultPoint: async (phase) => {
      if (phase !== 'suspend') return
      reached.open()
      await goOn.opened
    },
  })
  const code = await runtime.load<Shape>(project.file)
  const process = await code.spawn()
  const watch = code.watch({ debounceMs: 1 })
  const upgrades: string[] = []
  watch.on('upgraded', ({ to }) => upgrades.push(to.version))
  await project.save('main.ts', text('b'))
  await reached.opened
  for (const mark of ['c', 'd', 'e']) await project.save('main.ts', text(mark))
  goOn.open()
  await upgradedTo(watch, () => process.call('next'), 'e')
  expect(upgrades.length).toBeLessThan(4)
  // Nothing is left to be caught up with.
  await watch.close()
  expect(upgrades.at(-1)).toBe(code.version.version)
})

test('a folder that is deleted and made again is watched again', async () => {
  const project = await Project.create()
  // With a dot, as a file's name has.
  const inner = new Project(path.join(project.folder, 'app.d/src'))
  await inner.save('mark.ts', `export const mark = '-'\n`)
  await inner.save('main.ts', text('a'))
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(inner.file)
  const process = await code.spawn()
  const next = (): Promise<string> => process.call('next')
  const watch = code.watch({ debounceMs: 1 })
  await event(watch, 'unchanged')
  for (const [gone, mark] of [
    ['app.d/src', 'b'],
    ['app.d', 'c'],
  ] as const) {
    const failed = event(watch, 'failed')
    await rm(path.join(project.folder, gone), { recursive: true })
    expect(await failed).toMatchObject({ codeName: 'main', error: { file: inner.file } })
    expect(await next()).toMatch(/-.+$/)
    await inner.save('mark.ts', `export const mark = '-'\n`)
    await inner.save('main.ts', text(mark))
    await upgradedTo(watch, next, mark)
    await inner.save('main.ts', text(mark + mark))
    await upgradedTo(watch, next, mark + mark)
  }
})

test('what is imported from another folder is watched, be it there yet or not', async () => {
  const { project, watch, next } = await watched()
  const failed = event(watch, 'failed')
  await project.save('main.ts', text('b').replace('./mark.ts', './far/away/mark.ts'))
  expect(await failed).toMatchObject({ error: { code: 'UNRESOLVED_IMPORT' } })
  await project.save('far/away/mark.ts', `export const mark = '+'\n`)
  await upgradedTo(watch, next, '+b')
  await project.save('far/away/mark.ts', `export const mark = '!'\n`)
  await upgradedTo(watch, next, '!b')
  const other = event(watch, 'failed')
  // Of a kind that the program has had none of.
  await project.save('main.ts', text('c').replace('{ mark }', 'mark').replace('.ts', '.json'))
  await other
  await project.save('mark.json', `"?"`)
  await upgradedTo(watch, next, '?c')
})

test('an edit that a process is pinned to stays, until the process is gone', async () => {
  const { project, code, watch, next } = await watched()
  await project.save('main.ts', text('b'))
  await upgradedTo(watch, next, 'b')
  const edit = code.version.version
  const pinned = await code.spawn({ version: edit })
  await project.save('main.ts', text('c'))
  await upgradedTo(watch, next, 'c')
  expect(await pinned.call('next')).toBe('1-b')
  expect(await labels(code)).toContain(edit)
  await pinned.stop()
  await project.save('main.ts', text('d'))
  await upgradedTo(watch, next, 'd')
  await watch.close()
  expect(await labels(code)).toEqual(['1.0.0', code.version.version])
})

test('a file that is written in two steps is upgraded to when it is whole', async () => {
  const { project, watch, next } = await watched()
  await event(watch, 'unchanged')
  const failed = event(watch, 'failed')
  const file = await open(project.file, 'w')
  expect(await failed).toMatchObject({ error: { code: 'NOT_A_DEFINITION' } })
  const [half, rest] = [text('b').slice(0, 90), text('b').slice(90)]
  const again = event(watch, 'failed')
  await file.write(half)
  expect(await again).toMatchObject({ error: { name: 'MoultError' } })
  expect(await next()).toBe('1-a')
  await file.write(rest)
  await file.close()
  await upgradedTo(watch, next, 'b')
})

test('with typecheck, a save whose types do not fit is told, and the running version goes on', async () => {
  const project = await Project.create()
  await symlink(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    path.join(project.folder, 'node_modules'),
  )
  const typed = (state: string, body: string): string => `import { defineProcess } from 'moult'
export default defineProcess({
  version: '1.0.0',
  init: () => (${state}),
  calls: { next: (state) => ${body} },
})
`
  await project.save('main.ts', typed('{ count: 0 }', '`${++state.count}-a`'))
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(project.file)
  const process = await code.spawn()
  const next = (): Promise<string> => process.call('next')
  const watch = code.watch({ debounceMs: 1, typecheck: true })
  const text = typed('{ count: 0 }', '`${++state.cuont}-b`')
  const told: unknown[] = []
  watch.on('failed', ({ error }) => told.push(error))
  for (const [save, line] of [
    [text, 5],
    [typed(`{ count: '' }`, '`${state.count}-b`'), 4],
  ] as const) {
    await project.save('main.ts', save)
    const file = project.file
    // On a busy machine the system may tell of the save before once more.
    const last = expect.poll(() => told.at(-1))
    await last.toMatchObject({ code: 'TYPES_DO_NOT_FIT', file, line })
    expect(await next()).toMatch(/-a$/)
  }
  await project.save('main.ts', typed('{ count: 0 }', '`${++state.count}-c`'))
  await upgradedTo(watch, next, '-c')
  expect(await labels(code)).toHaveLength(2)
})

test('without a listener the logger is told', async () => {
  const project = await Project.create()
  const said: string[] = []
  const [told, failed, unchanged] = [gate(), gate(), gate()]
  const say = (opened: { open: () => void }) => (message: string) => {
    said.push(message)
    opened.open()
  }
  const warn = (): void => undefined
  const logger = { debug: say(unchanged), info: say(told), warn, error: say(failed) }
  const runtime = await testRuntime({ logger })
  const code = await runtime.load<Shape>(project.file)
  code.watch({ debounceMs: 1 })
  await unchanged.opened
  await project.save('main.ts', text('b'))
  await told.opened
  await project.save('main.ts', 'export default {')
  await failed.opened
  expect(said).toEqual([
    'a save has changed nothing of main',
    expect.stringMatching(/^main was upgraded to 1\.0\.0\+[0-9a-f]{8}$/),
    expect.stringMatching(/^main was not upgraded: .*main\.ts:1:17: /),
  ])
})

test('a runtime that is closed in the middle of a rebuild ends, and tells of no failure', async () => {
  const project = await Project.create()
  const [reached, goOn] = [gate(), gate()]
  const runtime = await testRuntime({
    faultPoint: async (phase) => {
      if (phase !== 'open') return
      reached.open()
      await goOn.opened
    },
  })
  const code = await runtime.load<Shape>(project.file)
  await code.spawn()
  const failures: unknown[] = []
  for (const watch of [code.watch({ debounceMs: 1 }), code.watch({ debounceMs: 1 })]) {
    watch.on('failed', (failure) => failures.push(failure))
  }
  await project.save('main.ts', text('b'))
  await reached.opened
  const closed = runtime.close()
  await cp(project.file, path.join(project.folder, 'mark.ts'))
  goOn.open()
  await closed
  expect(failures).toEqual([])

  const other = await testRuntime()
  const again = await other.load<Shape>(project.file).catch(() => undefined)
  again?.watch()
  await other.close()
})
