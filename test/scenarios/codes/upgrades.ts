import { expect } from 'vitest'
import type { Rows, World } from './world.ts'

/** As the world names its codes. */
const codeName: unknown = expect.stringMatching(/^code \d+$/)
const way = { codeName, from: '1.0.0', to: '2.0.0' }
const back = { codeName, from: '2.0.0', to: '1.0.0' }

/** Upgrades a process to a version. */
async function upgrade(
  world: World,
  file: string,
  options: { readonly [name: string]: unknown } = {},
): Promise<unknown> {
  const { code } = await world.spawn()
  return code.upgrade(world.file(file), options)
}

/** What a change of versions is refused with, or fails with. */
export const upgrades = {
  IDENTICAL_VERSION: {
    bring: (world) => upgrade(world, 'v1.js'),
    error: {
      codeName,
      from: '1.0.0',
      to: '1.0.0',
      phase: 'plan',
      received: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  },
  VERSION_CONFLICT: {
    bring: (world) => upgrade(world, 'v1-edited.js'),
    error: {
      codeName,
      version: '1.0.0',
      phase: 'plan',
      expected: expect.stringContaining('a label that is not in use'),
    },
  },
  UNKNOWN_VERSION: {
    bring: async (world) => (await world.load()).upgrade('9.0.0'),
    error: { codeName, phase: 'load', expected: 'one of 1.0.0', received: '9.0.0' },
  },
  VERSION_IN_USE: {
    bring: async (world) => (await world.load()).purge('1.0.0'),
    error: { codeName, version: '1.0.0', received: 'new processes, for it is current' },
  },
  CODE_UNLOADED: {
    bring: async (world) => {
      const code = await world.load()
      await code.unload()
      return code.rollBack()
    },
    error: { codeName, expected: 'a code that is loaded', received: 'none' },
  },
  NO_PREVIOUS_VERSION: {
    bring: async (world) => (await world.load()).rollBack(),
    error: { codeName, version: '1.0.0', received: 'none' },
  },
  PERMISSIONS_WIDER: {
    bring: async (world) => {
      const permissions = { net: true }
      const code = await world.load('v1.js', { permissions })
      return code.upgrade(world.file('v2.js'), { permissions: { ...permissions, worker: true } })
    },
    error: {
      ...way,
      phase: 'plan',
      expected: 'no more than 1.0.0 may do',
      received: 'worker',
    },
  },
  NO_MIGRATION: {
    bring: (world) => upgrade(world, 'v2-unlinked.js', { allowRemoved: true }),
    error: {
      ...way,
      phase: 'plan',
      expected: "codeChange['1.0.0'] in 2.0.0: a function or 'unchanged'",
      received: 'none',
    },
  },
  CALLS_REMOVED: {
    bring: (world) => upgrade(world, 'v2-removed.js'),
    error: { ...way, phase: 'plan', received: expect.stringContaining('none named echo, hold') },
  },
  MAILBOX_REFUSED: {
    bring: async (world) => {
      const { code, ref } = await world.hold()
      ref.call('echo', 1).catch(() => undefined)
      return code.upgrade(world.file('v2.js'), { rehearse: false })
    },
    error: {
      ...way,
      process: 'p',
      phase: 'audit',
      received: '1 × echo (upcast of echo from 1.0.0 threw: no translation)',
    },
  },
  UPCAST_FAILED: {
    bring: async (world) => {
      const { code, ref } = await world.spawn()
      return new Promise((resolve, reject) => {
        // After the audit, which else refuses the upgrade.
        world.at = (phase) => {
          if (phase === 'transfer') ref.call('echo', 1).then(resolve, reject)
        }
        code.upgrade(world.file('v2.js')).catch(reject)
      })
    },
    error: { cause: { name: 'RangeError', message: 'no translation' } },
  },
  TYPESCRIPT_MISSING: {
    bring: async (world) => {
      const code = await world.load('old/v1.js')
      await code.spawn()
      return code.upgrade(world.file('old/v2.js'), { typecheck: true })
    },
    error: {
      codeName,
      phase: 'typecheck',
      received: expect.stringContaining('typescript 5.3.3 at '),
    },
  },
  TYPES_DO_NOT_FIT: {
    bring: async (world) => {
      const code = await world.load('typed-v1.ts')
      await code.spawn()
      return code.upgrade(world.file('typed-v2.ts'), { typecheck: true })
    },
    error: {
      ...way,
      phase: 'typecheck',
      file: expect.stringContaining('typed-v2.ts'),
      line: 5,
      column: 17,
    },
  },
  UPGRADE_FAILED: {
    bring: (world) => {
      world.at = (phase) => {
        if (phase === 'open') throw new RangeError('a fault of the test')
      }
      return upgrade(world, 'v2.js')
    },
    error: {
      codeName,
      phase: 'open',
      cause: { name: 'RangeError', message: 'a fault of the test' },
    },
  },
  UPGRADE_IN_PROGRESS: {
    bring: async (world) => {
      const { code } = await world.spawn()
      world.at = (phase) => phase === 'open' && world.gates.pass('open')
      code.upgrade(world.file('v2.js')).catch(() => undefined)
      await world.gates.reached('open')
      return code.upgrade(world.file('v2.js'))
    },
    error: { codeName },
  },
  UPGRADE_ABORTED: {
    bring: (world) => upgrade(world, 'v2.js', { signal: AbortSignal.abort('not today') }),
    error: { codeName, phase: expect.any(String), cause: 'not today' },
  },
  SUSPEND_TIMEOUT: {
    bring: async (world) => {
      const { code } = await world.hold()
      return code.upgrade(world.file('v2.js'), { rehearse: false, suspendTimeoutMs: 10 })
    },
    error: {
      ...way,
      process: 'p',
      phase: 'suspend',
      expected: expect.stringContaining('10 ms'),
      handling: "the call 'hold'",
    },
  },
  PAUSE_TOO_LONG: {
    bring: (world) => upgrade(world, 'v2.js', { maxPauseMs: 0 }),
    error: {
      codeName,
      process: 'p',
      phase: 'copy',
      expected: 'at most 0 ms',
      received: expect.stringMatching(/^some .* ms$/),
    },
  },
  CODE_CHANGE_FAILED: {
    bring: (world) => upgrade(world, 'v2.js', { extra: 'throw' }),
    error: { ...way, process: 'p', phase: 'rehearse', cause: { message: '2.0.0 says no' } },
  },
  PROBATION_FAILED: {
    bring: (world) => upgrade(world, 'v2.js', { probation: { check: () => false } }),
    error: { codeName, process: 'p', phase: 'probation', replayed: 0, lost: 0 },
  },
  OPEN_FAILED: {
    bring: (world) => upgrade(world, 'v2-open.js', { allowRemoved: true }),
    error: { codeName, process: 'p', phase: 'rehearse', cause: { message: 'no index' } },
  },
  SAVE_FAILED: {
    bring: async (world) => {
      const code = await world.load('v1-save.js')
      return (await code.spawn({ name: 'p', args: undefined })).state()
    },
    error: { process: 'p', expected: 'no promise: it is synchronous', received: 'a promise' },
  },
  CODE_CHANGE_TIMEOUT: {
    bring: (world) => upgrade(world, 'v2.js', { extra: 'never', codeChangeTimeoutMs: 10 }),
    error: { ...way, process: 'p', phase: 'rehearse' },
  },
  DOWNGRADE_FAILED: {
    bring: async (world) => {
      const { code } = await world.spawn()
      await code.upgrade(world.file('v2.js'))
      return code.downgrade('1.0.0')
    },
    error: { ...back, process: 'p', phase: 'suspend', cause: { message: 'there is no way back' } },
  },
  PROCESS_BUSY: {
    bring: async (world) => {
      const { code, ref } = await world.spawn()
      world.atInit = () => world.gates.pass('init')
      ref.call('die').catch(() => undefined)
      await world.gates.reached('init')
      return code.upgrade(world.file('v2.js'), { rehearse: false })
    },
    error: { codeName, process: 'p', expected: 'a running process', received: 'restarting' },
  },
} satisfies Rows
