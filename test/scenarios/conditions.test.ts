import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'

const index = new URL('../../dist/src/index.js', import.meta.url).href

test('packages are found by the conditions of the command line, as on main', async () => {
  const targets = { staging: './staging.mjs', default: './default.mjs' }
  const root = await newProject({
    'main.mjs': `import it from 'pkg'
const where = import.meta.resolve('pkg')
const calls = { it: async () => [it, where, (await import('pkg' + '')).default] }
export default { version: '1.0.0', init: () => ({}), calls }`,
    'run.mjs': `import { createRuntime } from '${index}'
import it from 'pkg'
const runtime = await createRuntime()
const code = await runtime.load(new URL('./main.mjs', import.meta.url))
const threads = await (await code.spawn()).call('it')
console.log(JSON.stringify({ main: [it, import.meta.resolve('pkg'), it], threads }))
await runtime.close()`,
    'node_modules/pkg/package.json': JSON.stringify({ exports: targets }),
    'node_modules/pkg/staging.mjs': "export default 'staging'",
    'node_modules/pkg/default.mjs': "export default 'default'",
  })
  const script = path.join(root, 'run.mjs')
  for (const flags of [['-C', 'staging'], ['--conditions=staging']]) {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
    const { main, threads } = JSON.parse(stdout) as { main: unknown; threads: unknown }
    expect(main).toEqual(['staging', expect.stringContaining('staging.mjs'), 'staging'])
    expect(threads).toEqual(main)
  }
})
