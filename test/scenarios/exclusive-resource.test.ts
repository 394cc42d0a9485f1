import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

const same = `codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' }`

/** Listens on a port, of which there is one. */
const listening = (version: string, port: number, extra = ''): string => `
  import { createServer } from 'node:net'
  export default {
    version: '${version}',
    init: () => ({ saved: 0 }),
    live: {
      exclusive: true,
      open: (state) => new Promise((resolve, reject) => {
        if (globalThis.isBroken || '${version}' === 'bad') return reject(new RangeError('no port today'))
        const server = createServer((socket) => socket.end('${version} ' + server.count))
        server.count = state.saved
        server.once('error', reject)
        server.listen(${port}, '127.0.0.1', () => resolve(server))
      }),
      save: (state, server) => { state.saved = server.count },
      close: (server) => new Promise((resolve) => server.close(resolve)),
    },
    calls: {
      add: (_state, _payload, { live }) => ++live.count,
      break: (_state, isBroken) => { globalThis.isBroken = isBroken },
    },
    ${extra}
  }`

interface Listening {
  readonly version: string
  readonly init: () => object
  readonly calls: {
    readonly add: (state: object) => number
    readonly break: (state: object, isBroken: boolean) => void
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  const [text] = (await once(socket, 'data')) as [string]
  return text
}

async function server(isolates: 'per-process' | number) {
  const port = await freePort()
  const root = await newProject({
    'v1.js': listening('1', port),
    'v2.js': listening('2', port, same),
    'bad.js': listening('bad', port, same),
  })
  const runtime = await testRuntime()
  const code = await runtime.load<Listening>(`${root}/v1.js`, { isolates })
  return { code, root, port, ref: await code.spawn({ name: 'server' }) }
}

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  test('is closed by the old version before the new one opens it, both ways', async () => {
    const { code, root, port, ref } = await server(isolates)
    await ref.call('add')
    expect(await ask(port)).toBe('1 1')
    const report = await code.upgrade(`${root}/v2.js`)
    expect(report.processes[0]?.parts.openMs).toBeGreaterThan(0)
    expect(await ask(port)).toBe('2 1')
    await ref.call('add')
    await code.rollBack()
    expect(await ask(port)).toBe('1 2')
    await ref.stop()
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('is opened again by the old version where the new one cannot open it', async () => {
    const { code, root, port, ref } = await server(isolates)
    await ref.call('add')
    const refused = await rejection(code.upgrade(`${root}/bad.js`))
    expect(refused).toMatchObject({ code: 'OPEN_FAILED', phase: 'transfer', process: 'server' })
    expect(await ref.call('add')).toBe(2)
    expect(await ask(port)).toBe('1 2')
  })

  test('is tried again by the next message where it cannot be opened again', async () => {
    const { code, root, port, ref } = await server(isolates)
    await ref.call('add')
    await ref.call('break', true)
    await rejection(code.upgrade(`${root}/bad.js`))
    expect(await rejection(ref.call('add'))).toMatchObject({
      code: 'OPEN_FAILED',
      process: 'server',
    })
    expect(await rejection(ref.call('break', false))).toMatchObject({ code: 'OPEN_FAILED' })
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    // The state is what it was: another version can still take it over.
    await code.upgrade(`${root}/v2.js`)
    expect(await ref.call('add')).toBe(2)
    expect(await ask(port)).toBe('2 2')
  })
})
