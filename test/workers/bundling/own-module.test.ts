import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { ownModules } from '../../../workers/bundling/own-module.ts'

const definitionModule = fileURLToPath(
  new URL('../../../workers/definition/definition-module.ts', import.meta.url),
)
const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-test-')))
afterAll(() => rm(folder, { recursive: true }))

/** An image's code and map, where moult's own modules come by `plugin`. */
async function imageBy(plugin: Plugin): Promise<string[]> {
  const entry = path.join(folder, 'main.ts')
  await writeFile(
    entry,
    "import { defineProcess, isMoultError, table } from 'moult'; export default [defineProcess, isMoultError, table]",
  )
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: folder,
    outfile: 'image.mjs',
    bundle: true,
    write: false,
    format: 'esm',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [plugin],
  })
  return outputFiles.map(({ text }) => text)
}

/** Copies a module and what it imports, each to a folder of its own. Resolves to where its copy is. */
async function spread(file: string, root: string): Promise<string> {
  const { base, name } = path.parse(file)
  const text = await readFile(file, 'utf8')
  const imported = text.matchAll(/ from '(\.[^']+)'/g)
  let moved = text
  for (const [, specifier = ''] of imported) {
    const target = await spread(path.resolve(path.dirname(file), specifier), root)
    moved = moved.replace(
      specifier,
      `../${path.basename(path.dirname(target))}/${path.basename(target)}`,
    )
  }
  const copy = path.join(root, `room-of-${name}`, base)
  await mkdir(path.dirname(copy), { recursive: true })
  await writeFile(copy, moved)
  return copy
}

test('an image names no path of moult', async () => {
  const [map = '', code = ''] = await imageBy(ownModules())
  expect(code).toMatch(/^\/\/ moult:table$/m)
  expect(code).not.toMatch(/^\/\/ .*\/(src|workers)\//m)
  const { sources } = JSON.parse(map) as { readonly sources: readonly string[] }
  expect(sources.filter((source) => source.includes('/'))).toEqual([])
})

test('where a file of moult lies makes no other image', async () => {
  const copy = await spread(definitionModule, path.join(folder, 'moved'))
  expect(await imageBy(ownModules(copy))).toEqual(await imageBy(ownModules()))
})

test('two modules of one name are no image', async () => {
  const rooms = path.join(folder, 'rooms')
  await mkdir(path.join(rooms, 'one'), { recursive: true })
  await writeFile(path.join(rooms, 'table.ts'), "export * from './one/table.ts'")
  await writeFile(path.join(rooms, 'one/table.ts'), 'export const table = 1')
  const image = imageBy(ownModules(path.join(rooms, 'table.ts')))
  await expect(image).rejects.toThrow('two modules of moult have one name')
})
