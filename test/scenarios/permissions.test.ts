import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { once } from 'node:events'
import type { Code, LoadedOptions, Permissions, ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

type Attempt = readonly [what: string, file?: string]

interface Program {
  readonly version: string
  readonly init: () => object
  readonly calls: {
    readonly tryTo: (state: object, attempt: Attempt) => unknown
    readonly step: () => void
    readonly die: () => void
  }
}

/** A program that tries what may be denied, and says by which code it was. */
const source = (version: string, loads = ''): string => `import fs from 'node:fs'
import { spawnSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import net from 'node:net'
${loads}
const ways = {
  read: (file) => fs.readFileSync(file, 'utf8'),
  list: (folder) => fs.readdirSync(folder).length,
  write: (file) => fs.writeFileSync(file, 'written') ?? 'written',
  childProcess: () => { const { error } = spawnSync(process.execPath, ['-v']); if (error) throw error },
  worker: () => new Worker('0', { eval: true }).terminate().then(() => 'ended'),
  addons: () => { try { process.dlopen({ exports: {} }, 'none.node') } catch (error) { if (error.code !== 'ERR_DLOPEN_FAILED') throw error } },
  net: () => new Promise((resolve, reject) => {
    const server = net.createServer().listen(0, () => server.close(() => resolve('listened')))
    server.on('error', reject)
  }),
}
export default {
  version: '${version}',
  init: () => ({}),
  codeChange: { '1': 'unchanged', '2': 'unchanged' },
  calls: {
    tryTo: async (state, [what, file]) => {
      try { return (await ways[what](file)) ?? 'done' } catch (error) { return error.code }
    },
    step: (state, payload, context) => context.upgradeSelf(),
    die: () => process.exit(3),
  },
}`

const DENIED = 'ERR_ACCESS_DENIED'
const canDenyNet = process.allowedNodeEnvironmentFlags.has('--allow-net')
const net = true

async function world(isolates: 'per-process' | 1 = 'per-process') {
  const files = {
    'v1.js': source('1'),
    'v2.js': source('2'),
    'v3.js': source('3'),
    'open/file': 'opened',
    'secret/file': 'told',
  }
  const root = await newProject({ ...files, 'tmp/file': '' })
  const at = (name: string): string => path.join(root, name)
  const tempFolder = at('tmp')
  const runtime = await testRuntime({ tempFolder })
  const load = (permissions: Permissions | undefined, name?: string): Promise<Code<Program>> =>
    runtime.load<Program>(at('v1.js'), {
      isolates,
      ...(permissions && { permissions }),
      ...(name !== undefined && { name }),
    })
  return { runtime, at, load, tempFolder }
}

/** What reading a secret is answered by. */
function spy(ref: ProcessRef<Program>, file: string): Promise<unknown> {
  return ref.call('tryTo', ['read', file])
}

test.each(['per-process', 1] as const)(
  'a version may do what it is allowed and nothing else (isolates: %s)',
  async (isolates) => {
    const { at, load, tempFolder } = await world(isolates)
    const code = await load({ read: [at('open')], write: [at('made')], net })
    const ref = await code.spawn()
    const tryTo = (...attempt: Attempt): Promise<unknown> => ref.call('tryTo', attempt)
    expect(await tryTo('read', at('open/file'))).toBe('opened')
    expect(await tryTo('read', at('secret/file'))).toBe(DENIED)
    expect(await tryTo('read', at('v1.js'))).toBe(DENIED)
    expect(await tryTo('list', process.cwd())).toBe(DENIED)
    expect(await tryTo('list', tempFolder)).toBe(DENIED)
    expect(await tryTo('write', at('open/file'))).toBe(DENIED)
    expect(await tryTo('write', at('made'))).toBe('written')
    expect(await tryTo('childProcess')).toBe(DENIED)
    expect(await tryTo('worker')).toBe(DENIED)
    expect(await tryTo('addons')).toBe('ERR_DLOPEN_DISABLED')
    expect(await tryTo('net')).toBe('listened')
  },
)

test('each permission can be given, and without any a version may do all of it', async () => {
  const { at, load } = await world()
  const all = { read: true, write: true, childProcess: true, worker: true, addons: true, net }
  const refs = [
    await (await load(all)).spawn(),
    await (await load(undefined, 'unrestricted')).spawn(),
  ]
  for (const ref of refs) {
    const tryTo = (...attempt: Attempt): Promise<unknown> => ref.call('tryTo', attempt)
    expect(await tryTo('read', at('secret/file'))).toBe('told')
    expect(await tryTo('write', at('made'))).toBe('written')
    expect(await tryTo('childProcess')).toBe('done')
    expect(await tryTo('worker')).toBe('ended')
    expect(await tryTo('addons')).toBe('done')
  }
})

test('what this Node cannot deny is refused as long as it is not allowed', async () => {
  const { load } = await world()
  if (canDenyNet) {
    const ref = await (await load({})).spawn()
    expect(await ref.call('tryTo', ['net'])).toBe(DENIED)
    return
  }
  const refused = await rejection(load({}))
  expect(refused).toMatchObject({ code: 'PERMISSION_UNSUPPORTED', path: 'permissions.net' })
})

test('what is denied while a version is imported is told with its name', async () => {
  const { runtime } = await world()
  const reads = `fs.readFileSync('/secret')`
  const root = await newProject({ 'v1.js': source('1', reads) })
  const loading = runtime.load(path.join(root, 'v1.js'), { permissions: { net } })
  const error = await rejection(loading)
  const message: unknown = expect.stringContaining('FileSystemRead of /secret')
  expect(error).toMatchObject({ code: 'LOAD_FAILED', message })
})

test('a process that is made anew may do no more than before', async () => {
  const { runtime, at, load } = await world()
  const ref = await (await load({ net })).spawn()
  const restarted = once(runtime, 'restarted')
  await rejection(ref.call('die'))
  await restarted
  expect(await spy(ref, at('secret/file'))).toBe(DENIED)
})

test.each(['per-process', 1] as const)(
  'later versions inherit the permissions, and one that may do more has to be let in (isolates: %s)',
  async (isolates) => {
    const { at, load } = await world(isolates)
    const code = await load({ net })
    const ref = await code.spawn()
    const secret = at('secret/file')
    await code.upgrade(at('v2.js'))
    expect(await spy(ref, secret)).toBe(DENIED)
    const permissions = { net, read: [at('secret')] }
    const refused = await rejection(code.upgrade(at('v3.js'), { permissions }))
    const received = `read: ${at('secret')}`
    const expected = { code: 'PERMISSIONS_WIDER', phase: 'plan', from: '2', to: '3', received }
    expect(refused).toMatchObject(expected)
    expect(await spy(ref, secret)).toBe(DENIED)
    await code.upgrade(at('v3.js'), { permissions, allowWider: true })
    expect(await spy(ref, secret)).toBe('told')
    expect((await code.versions()).at(-1)).toMatchObject({ version: '3', permissions })
    await code.rollBack()
    expect(await spy(ref, secret)).toBe(DENIED)
  },
)

test('a roll back leads to what was allowed before; a downgrade has to be let', async () => {
  const { at, load } = await world()
  const code = await load(undefined)
  const ref = await code.spawn()
  const secret = at('secret/file')
  await code.upgrade(at('v2.js'), { permissions: { net } })
  expect(await spy(ref, secret)).toBe(DENIED)
  const refused = await rejection(code.downgrade('1'))
  expect(refused).toMatchObject({ code: 'PERMISSIONS_WIDER', received: 'anything' })
  expect(await spy(ref, secret)).toBe(DENIED)
  await code.rollBack()
  expect(await spy(ref, secret)).toBe('told')
})

test('one process is held to the same, and so is one that asks by itself', async () => {
  const { runtime, at, load } = await world()
  const code = await load({ net })
  const ref = await code.spawn()
  await code.load(at('v2.js'), { permissions: { net, read: true } })
  const refused = await rejection(ref.upgrade('2'))
  expect(refused).toMatchObject({ code: 'PERMISSIONS_WIDER', received: 'read: all files' })
  const failed = once(runtime, 'upgradeFailed')
  await ref.call('step')
  const [{ error }] = (await failed) as [{ error: Error }]
  expect(error).toMatchObject({ code: 'PERMISSIONS_WIDER' })
  expect(await spy(ref, at('secret/file'))).toBe(DENIED)
  await ref.upgrade('2', { allowWider: true })
  expect(await spy(ref, at('secret/file'))).toBe('told')
})

test('a version keeps the permissions with which it was loaded', async () => {
  const { at, load, runtime } = await world()
  const code = await load({ net })
  const other: LoadedOptions = { permissions: { net, worker: true } }
  const expected = { code: 'INVALID_OPTION', path: 'permissions' }
  expect(await rejection(code.load(at('v1.js'), other))).toMatchObject(expected)
  await code.load(at('v2.js'))
  expect(await rejection(code.upgrade('2', other))).toMatchObject(expected)
  expect(await rejection(code.upgrade(at('v2.js'), other))).toMatchObject(expected)
  expect(await rejection(load(other.permissions))).toMatchObject(expected)
  const named = await load(other.permissions, 'named')
  expect(named).not.toBe(code)
  expect(await load({ net, read: [], write: false })).toMatchObject({ name: code.name })
  await Promise.all([code.unload(), named.unload()])
  expect(runtime.isolates).toBe(0)
})

test('a file that is loaded again without permissions runs with those that it has', async () => {
  const { runtime } = await world()
  const root = await newProject({})
  const seen = path.join(root, 'seen')
  const writes = `try { fs.writeFileSync('${seen}', '') } catch {}`
  const file = path.join(root, 'v1.js')
  await writeFile(file, source('1', writes))
  const code = await runtime.load(file, { permissions: { net } })
  expect(await runtime.load(file)).toBe(code)
  await writeFile(file, source('2', writes))
  await runtime.load(file)
  expect(existsSync(seen)).toBe(false)
})
