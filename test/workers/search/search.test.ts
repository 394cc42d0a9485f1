import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'moult-search-'))
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  for (const part of ['workers', 'src/protocol']) {
    await cp(path.join(dist, part), path.join(folder, part), { recursive: true })
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('without fast-check a search is refused, and says how to install it', async () => {
  const script = `
    const { default: search } = await import('./workers/search.js')
    console.log(JSON.stringify(await search({ samples: [], older: '', newer: '' })))
  `
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await run(process.execPath, args, { cwd: folder })
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'refused',
    thrown: {
      name: 'MoultError',
      message: 'a search needs fast-check: install it with npm install --save-dev fast-check',
      fields: { code: 'FAST_CHECK_MISSING' },
    },
  })
})
