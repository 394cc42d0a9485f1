import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Code, Runtime } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface Program {
  readonly version: string
  readonly init: () => object
  readonly calls: {
    readonly get: (state: object) => string
    readonly die: (state: object) => void
    readonly wait: (state: object) => Promise<void>
  }
}

function program(version: string): string {
  return `export default {
    version: '${version}',
    init: () => ({}),
    codeChange: { 1: 'unchanged' },
    downgrade: { 1: 'unchanged' },
    calls: {
      get: () => '${version}',
      die: () => process.exit(3),
      wait: () => new Promise(() => undefined),
    },
  }`
}

describe.each(['per-process', 1] as const)('isolates: %s', (isolates) => {
  async function load(): Promise<{ runtime: Runtime; code: Code<Program>; v2: string }> {
    const root = await newProject({ 'v1.js': program('1'), 'v2.js': program('2') })
    const runtime = await testRuntime({ exitGraceMs: 100 })
    const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
    return { runtime, code, v2: `${root}/v2.js` }
  }

  test('a stop is normal, also after an upgrade and a downgrade, and for those who ask later', async () => {
    const { code, v2 } = await load()
    const ref = await code.spawn({ name: 'one' })
    const { exited } = ref
    await code.upgrade(v2)
    await code.rollBack()
    await ref.stop()
    expect(await exited).toEqual({ process: 'one', reason: 'normal' })
    expect(await ref.exited).toEqual({ process: 'one', reason: 'normal' })
  })

  test('a restart is no end, and the one too many is, with its error', async () => {
    const { runtime, code } = await load()
    const ref = await code.spawn({ name: 'one', restart: { maxRestarts: 1, withinMs: 60_000 } })
    let hasExited = false
    const exited = ref.exited.finally(() => (hasExited = true))
    const restarted = once(runtime, 'restarted')
    await rejection(ref.call('die'))
    await restarted
    expect(await ref.call('get')).toBe('1')
    expect(hasExited).toBe(false)
    await rejection(ref.call('die'))
    expect(await exited).toMatchObject({
      process: 'one',
      reason: 'restart-limit',
      error: { code: 'RESTART_LIMIT', cause: { code: 'ISOLATE_EXITED' } },
    })
  })

  test('what is not restarted has crashed', async () => {
    const { code } = await load()
    const ref = await code.spawn({ restart: { policy: 'temporary' } })
    await rejection(ref.call('die'))
    expect(await ref.exited).toMatchObject({
      process: ref.id,
      reason: 'crashed',
      error: { code: 'PROCESS_STOPPED' },
    })
  })

  test.each(['unload', 'close', 'purge'] as const)(
    'what ends with its whole is a shutdown: %s',
    async (end) => {
      const { runtime, code, v2 } = await load()
      const ref = await code.spawn({ name: 'one', version: '1' })
      if (end === 'purge') {
        await code.upgrade(v2)
        await code.purge('1')
      } else if (end === 'unload') await code.unload()
      else await runtime.close()
      expect(await ref.exited).toEqual({ process: 'one', reason: 'shutdown' })
    },
  )

  test.each([true, false])('what is given up is killed (drain: %s)', async (drain) => {
    const { code } = await load()
    const ref = await code.spawn({ name: 'one' })
    const waiting = rejection(ref.call('wait'))
    await code.spawn()
    const stopped = ref.stop({ drain, timeoutMs: 1 })
    expect(await waiting).toMatchObject({ code: 'PROCESS_STOPPED' })
    await stopped
    expect(await ref.exited).toEqual({ process: 'one', reason: 'killed' })
  })
})
