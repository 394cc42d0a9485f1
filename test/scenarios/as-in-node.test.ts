import path from 'node:path'
import type { AnyDefinition, Runtime } from 'moult'
import { beforeAll, describe, expect, test } from 'vitest'
import { inPlainNode } from '../support/plain-node.ts'
import type { Outcome } from '../support/plain-node.ts'
import { folderOfBlock, newProject, writeFiles } from '../support/project.ts'
import { shared, testRuntime } from '../support/runtime.ts'
import { ofCommon } from './as-in-node/common.ts'
import { differences, refused } from './as-in-node/differences.ts'
import { ofModules } from './as-in-node/modules.ts'
import { names, traces } from './as-in-node/names.ts'
import type { Row } from './as-in-node/row.ts'
import { sloppy } from './as-in-node/sloppy.ts'
import { typescript } from './as-in-node/typescript.ts'

interface Loose extends AnyDefinition {
  readonly init: () => unknown
  readonly calls: { readonly it: (state: never) => unknown }
}

/** What a process answers. */
async function inProcess(runtime: Runtime, file: string): Promise<unknown> {
  const code = await runtime.load<Loose>(file)
  const ref = await code.spawn()
  try {
    return await ref.call('it')
  } finally {
    await ref.stop()
  }
}

const kinds: readonly (readonly [string, readonly Row[]])[] = [
  ['CommonJS that is not strict', sloppy],
  ['what CommonJS knows', ofCommon],
  ['ES modules', ofModules],
  ['names of functions and classes', names],
  ['stacks', traces],
  ['TypeScript', typescript],
  ['what is not as in Node', differences],
]

describe.each(kinds)('%s', (_kind, rows) => {
  const folder = folderOfBlock()
  const made = shared(testRuntime)
  const entryOf = (row: Row): string => {
    return path.join(folder(), String(rows.indexOf(row)), row.entry ?? 'main.mjs')
  }
  const plain = new Map<Row, Outcome>()

  beforeAll(async () => {
    for (const row of rows) {
      await writeFiles(path.dirname(entryOf(row)), { 'package.json': '{}', ...row.files })
    }
    const asked = rows.filter((row) => !('expected' in row))
    const outcomes = await inPlainNode(asked.map(entryOf))
    asked.forEach((row, index) => plain.set(row, outcomes[index]!))
  })

  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
    const { value, error } = plain.get(row) ?? { value: JSON.stringify(row.expected) }
    expect(error).toBeUndefined()
    expect(await inProcess(made(), entryOf(row))).toEqual(value)
  })
})

test.each(refused)('$name is refused, with its place', async ({ files, error }) => {
  const runtime = await testRuntime()
  const root = await newProject(files)
  await expect(runtime.load(path.join(root, 'main.mjs'))).rejects.toMatchObject(error)
})
