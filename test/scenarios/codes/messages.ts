import { expect } from 'vitest'
import type { Rows, World } from './world.ts'

async function call(world: World, name: string, payload?: unknown): Promise<unknown> {
  const { ref } = await world.spawn()
  return ref.call(name, payload)
}

/** What a process or a message fails with. */
export const messages = {
  INIT_FAILED: {
    bring: (world) => world.spawn({ args: 'fail' }),
    error: {
      process: 'p',
      version: '1.0.0',
      file: expect.stringContaining('v1.js'),
      cause: { message: 'init says no' },
    },
  },
  INVALID_STATE: {
    bring: (world) => world.spawn({ args: { n: 'bad' } }),
    error: { process: 'p', path: 'state', expected: 'another value', received: 'an object' },
  },
  NAME_TAKEN: {
    bring: async (world) => (await world.spawn()).code.spawn({ name: 'p', args: undefined }),
    error: { process: 'p', received: 'p' },
  },
  UNKNOWN_PROCESS: {
    bring: (world) => call(world, 'ask', 'nobody'),
    error: { process: 'nobody', received: 'nobody' },
  },
  UNKNOWN_CALL: {
    bring: (world) => call(world, 'nope'),
    error: {
      process: 'p',
      version: '1.0.0',
      expected: expect.stringMatching(/^one of echo, hold, /),
      received: 'nope',
    },
  },
  UNKNOWN_CAST: {
    bring: async (world) => (await world.spawn()).ref.cast('nope' as never, undefined as never),
    error: { process: 'p', version: '1.0.0', expected: 'no cast at all', received: 'nope' },
  },
  UNKNOWN_EVENT: {
    bring: async (world) => (await world.spawn()).ref.on('nope' as never, () => undefined),
    error: {
      process: 'p',
      codeName: expect.stringMatching(/^code/),
      expected: 'one of told',
      received: 'nope',
    },
  },
  STREAM_LOCKED: {
    bring: async (world) => {
      const stream = (await world.spawn()).ref.stream('drip' as never)
      await stream.return?.()
      return [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()]
    },
    error: { expected: 'one reader', received: 'another' },
  },
  STREAM_NOT_RESUMABLE: {
    bring: async (world) => {
      const { code, ref } = await world.spawn()
      const stream = ref.stream('drip' as never)
      await stream.next()
      await code.upgrade(world.file('v2.js'), { allowRemoved: true, mode: 'atomic' })
      for (;;) await stream.next()
    },
    error: {
      version: '2.0.0',
      expected: "'drip' among its resumable calls",
      received: 'none',
    },
  },
  NOT_A_STREAM: {
    bring: (world) => call(world, 'drip'),
    error: { expected: 'a reply', received: 'a generator' },
  },
  EVENTS_MISSED: {
    bring: async (world) => {
      const { ref } = await world.spawn()
      const events = ref.events('told' as never, { capacity: 1 })
      await ref.call('tellTwice')
      await events.next()
      // The second was one too many.
      return events.next()
    },
    error: { process: 'p', expected: 'at most 1 events that wait', received: 'one more' },
  },
  UNKNOWN_SERVICE: {
    bring: (world) => call(world, 'service'),
    error: { expected: 'one of gates, init', received: 'clock' },
  },
  INVALID_ARGUMENT: {
    bring: (world) => call(world, 'square', 'two'),
    error: { path: 'payload', expected: 'another value', received: 'the string "two"' },
  },
  INVALID_REPLY: {
    bring: (world) => call(world, 'replyText'),
    error: { path: 'reply', expected: 'another value', received: 'the string "seven"' },
  },
  UNCLONEABLE_ARGUMENT: {
    bring: (world) => call(world, 'echo', { a: [() => 1] }),
    error: { path: 'payload.a[0]', received: 'a function', cause: { name: 'DataCloneError' } },
  },
  UNCLONEABLE_REPLY: {
    bring: (world) => call(world, 'replyFunction'),
    error: { path: 'reply.rows[0]', received: 'a function', cause: { name: 'DataCloneError' } },
  },
  UNCLONEABLE_STATE: {
    bring: async (world) => {
      const { ref } = await world.spawn()
      await ref.call('spoil')
      return ref.state()
    },
    error: { path: 'state.callback', received: 'a function', cause: { name: 'DataCloneError' } },
  },
  NOT_DECLARED: {
    bring: async (world) => {
      const code = await world.load('v1-declared.js')
      await code.spawn({ name: 'p', args: 'money' })
      return code.upgrade(world.file('v2-removed.js'))
    },
    error: {
      phase: 'rehearse',
      from: '1.0.0',
      to: '2.0.0',
      process: 'p',
      path: 'state.money',
      expected: 'classes: { Money }',
      received: 'an instance of Money',
    },
  },
  CODEC_FAILED: {
    bring: async (world) => {
      const code = await world.load('v1-declared.js')
      return code.spawn({ name: 'p', args: 'url' })
    },
    error: {
      path: 'state.url',
      expected: 'data that structured clone carries',
      cause: { name: 'RangeError', message: 'no such place' },
    },
  },
  MAILBOX_FULL: {
    bring: async (world) => (await world.hold({ mailbox: { capacity: 1 } })).ref.call('echo', 1),
    error: { process: 'p', expected: 'at most 1 messages', received: 'one more' },
  },
  CALL_TIMEOUT: {
    bring: async (world) => (await world.hold()).ref.with({ timeoutMs: 10 }).call('echo', 1),
    error: { process: 'p', expected: 'at most 10 ms', handling: "the call 'hold'" },
  },
  HANDLER_TIMEOUT: {
    bring: async (world) => {
      const limits = { handlerTimeoutMs: 1, onHandlerTimeout: 'kill' } as const
      const { ref } = await world.spawn(limits)
      return ref.call('hold', 'held')
    },
    error: { process: 'p', version: '1.0.0', expected: 'at most 1 ms' },
  },
  CALL_ABORTED: {
    bring: async (world) => {
      const { ref } = await world.spawn()
      return ref.with({ signal: AbortSignal.abort('enough') }).call('echo', 1)
    },
    error: { process: 'p', cause: 'enough' },
  },
  CALL_CYCLE: {
    bring: async (world) => {
      const { code, ref } = await world.spawn()
      await code.spawn({ name: 'other', args: undefined })
      await ref.call('askBack', 'other')
    },
    error: { process: 'other', circle: ['other', 'p'] },
  },
  SELF_CALL: { bring: (world) => call(world, 'askSelf'), error: { process: 'p' } },
  PROCESS_RESTARTED: {
    bring: async (world) => {
      const { ref } = await world.spawn()
      const held = ref.call('hold', 'held')
      await world.gates.reached('held')
      await Promise.all([held, ref.restart()])
    },
    error: { process: 'p' },
  },
  PROCESS_STOPPED: {
    bring: async (world) => {
      const { ref } = await world.spawn()
      await ref.stop()
      return ref.call('echo', 1)
    },
    error: { process: 'p' },
  },
  ISOLATE_EXITED: {
    bring: (world) => call(world, 'die'),
    error: { process: 'p', message: expect.stringContaining('code 3') },
  },
  LINKED_EXIT: {
    bring: async (world) => {
      const { ref } = await world.spawn({ restart: { policy: 'temporary' } })
      await ref.call('link', 'nobody')
      throw (await ref.exited).error?.cause
    },
    error: {
      process: 'p',
      message: 'p died with nobody, to which it was linked: there is no process nobody',
      cause: { code: 'UNKNOWN_PROCESS' },
    },
  },
  RESTART_LIMIT: {
    bring: async (world) => {
      const { ref } = await world.spawn({ restart: { maxRestarts: 0 } })
      ref.call('die').catch(() => undefined)
      return ref.call('echo', 1)
    },
    error: { process: 'p', cause: { code: 'ISOLATE_EXITED' } },
  },
  RESTORE_FAILED: {
    bring: async (world) => {
      const { ref } = await world.spawn({ checkpoint: { everyMessages: 1 } })
      await ref.call('spoil', 'bad')
      ref.call('die').catch(() => undefined)
      return ref.call('echo', 1)
    },
    error: { process: 'p', cause: { code: 'INVALID_STATE' } },
  },
} satisfies Rows
