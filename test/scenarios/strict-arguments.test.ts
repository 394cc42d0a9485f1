// @module-tag once
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createRuntime } from 'moult'
import { beforeAll, describe, expect, test } from 'vitest'
import { shared, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { methods, program } from './strict-program.ts'

/** Anything, as a program without types gives it. */
type Loose = Record<string, (...given: unknown[]) => unknown>

let root = ''

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'test-'))
  await writeFile(path.join(root, 'main.js'), program)
  return () => rm(root, { recursive: true })
})

describe('what users give', () => {
  const world = shared(async () => {
    const runtime = await testRuntime()
    const code = await runtime.load(`${root}/main.js`)
    const ref = await (code as unknown as { spawn(): Promise<unknown> }).spawn()
    const watch = code.watch()
    await watch.close()
    const all = { runtime, code, ref, watch, context: { use: 0 } }
    return all as unknown as Record<'runtime' | 'code' | 'ref' | 'watch', Loose>
  })

  /** What a function throws, or rejects with. */
  async function failure(run: () => unknown): Promise<unknown> {
    return rejection((async () => run())())
  }

  const rows = Object.entries(methods).flatMap(([owner, each]) => {
    return Object.entries(each).map(([name, count]) => [owner, name, count] as const)
  })

  test('each public method is in the table', () => {
    for (const [owner, each] of Object.entries(methods)) {
      let prototype: unknown = Object.getPrototypeOf(world()[owner as keyof typeof methods])
      const found: string[] = []
      for (; !Object.hasOwn(prototype as object, 'eventNames');) {
        if (prototype === Object.prototype) break
        const own = Object.getOwnPropertyDescriptors(prototype as object)
        for (const [name, { value }] of Object.entries(own)) {
          if (typeof value === 'function') found.push(name)
        }
        prototype = Object.getPrototypeOf(prototype)
      }
      const own = found.filter(
        (name) => !/constructor|announce|[lL]istener|^on(ce)?$|^off$/.test(name),
      )
      const listed = Object.keys(each).filter((name) => name !== 'on')
      expect([owner, ...own.sort()]).toEqual([owner, ...listed.sort()])
    }
  })

  test.each(rows.filter(([, name]) => name !== 'on'))(
    '%s.%s with more than %d arguments is refused, by what it takes',
    async (owner, name, count) => {
      const given = Array.from({ length: count }, () => undefined)
      const called = failure(() => world()[owner as keyof typeof methods][name]!(...given, 1))
      const isMessage = ['call', 'cast', 'stream'].includes(name)
      const error = { path: isMessage ? 'name' : `arguments[${count}]` }
      const received = isMessage ? 'undefined' : `${count + 1} arguments`
      expect(await called).toMatchObject({ code: 'INVALID_OPTION', received, ...error })
    },
  )

  test('createRuntime, and messages, take what they take', async () => {
    const create = createRuntime as unknown as (...given: unknown[]) => Promise<unknown>
    const path = 'arguments[2]'
    const { ref } = world()
    expect(await failure(() => create({}, {}))).toMatchObject({ code: 'INVALID_OPTION' })
    expect(await failure(() => ref['call']!('incr', 1, 2))).toMatchObject({
      path,
      message: 'call takes (name, payload), but was given 3 arguments',
    })
    expect(await failure(() => ref['cast']!('note', 1, 2))).toMatchObject({ path })
    expect(await failure(() => ref['call']!('incc', 1))).toMatchObject({
      code: 'UNKNOWN_CALL',
      message: expect.stringContaining("(did you mean 'incr'?)") as string,
    })
  })

  const inContext: readonly (readonly [
    name: string,
    given: readonly unknown[],
    expected: string,
  ])[] = [
    ['call', ['one', 'incr', 1, { timeoutMs: 5 }], '(process, name, payload)'],
    ['cast', ['one', 'note', 1, 2], '(process, name, payload)'],
    ['call', [5, 'incr'], 'a text'],
    ['cast', ['one', null], 'a text'],
    ['upgradeSelf', ['9'], 'no argument'],
    ['letGo', [true], 'no argument'],
    ['transfer', [{}, [], 3], '(value, buffers)'],
    ['monitor', ['one', 'note', {}, 2], '(process, cast, options)'],
    ['monitor', [5, 'note'], 'a text'],
    ['monitor', ['one'], 'a text'],
    ['link', [5], 'a text'],
    ['link', ['one', 'two'], '(process)'],
    ['unlink', [], 'a text'],
    ['demonitor', [], 'a text'],
    ['demonitor', ['one', 'two'], '(monitor)'],
    ['emit', ['told', 1, 2], '(name, data)'],
    ['emit', [5], 'a text'],
  ]

  test.each(inContext)('context.%s(…%j) is refused: %s', async (name, given, expected) => {
    const error = await failure(() => world().ref['call']!('use', [name, ...given]))
    expect(error).toMatchObject({ code: 'INVALID_OPTION', expected })
  })

  test('functions taken out of a context, and those of a log, are as strict', async () => {
    for (const [name, given] of [
      ['release', [1]],
      ['log', ['text', {}, 'more']],
    ]) {
      const error = await failure(() => world().ref['call']!(name, given))
      expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    }
  })

  describe('events', () => {
    const listening = [
      'on',
      'once',
      'off',
      'addListener',
      'removeListener',
      'prependListener',
      'prependOnceListener',
    ]
    test.each(listening)('%s refuses a name that is no event, and what is no function', (name) => {
      const { runtime, watch } = world()
      const listen = (owner: Loose, ...given: unknown[]) => {
        return () => owner[name]!(...given)
      }
      const nothing = (): void => undefined
      expect(listen(runtime, 'upgrded', nothing)).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: expect.stringContaining("(did you mean 'upgraded'?)") as string,
        }) as Error,
      )
      for (const odd of ['crashed', Symbol('upgraded'), undefined, 5]) {
        expect(listen(watch, odd, nothing)).toThrow(
          expect.objectContaining({
            code: 'INVALID_OPTION',
            expected: 'one of upgraded, failed, unchanged',
          }) as Error,
        )
      }
      expect(listen(runtime, 'crashed', 5)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', path: 'listener' }) as Error,
      )
      expect(listen(runtime, 'crashed', nothing)).not.toThrow()
    })

    test('what Node does with any emitter works', async () => {
      const runtime = await testRuntime()
      const told = once(runtime, 'stopped')
      const ref = await (await runtime.load(`${root}/main.js`)).spawn({} as never)
      await ref.stop()
      expect(await told).toEqual([{ process: ref.id, codeName: 'main' }])
      expect(runtime.listenerCount('stopped')).toBe(0)
      runtime.on('crashed', () => undefined).removeAllListeners()
      expect(runtime.listenerCount('crashed')).toBe(0)
      const loose = runtime as unknown as Loose
      for (const name of ['listenerCount', 'removeAllListeners']) {
        expect(() => loose[name]!('crshed')).toThrow(
          expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
        )
      }
    })
  })

  describe('odd values', () => {
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('get')
        },
        has: () => {
          throw new Error('has')
        },
        ownKeys: () => {
          throw new Error('ownKeys')
        },
        getPrototypeOf: () => {
          throw new Error('getPrototypeOf')
        },
      },
    )
    const { proxy: revoked, revoke } = Proxy.revocable({}, {})
    revoke()
    const odd: readonly (readonly [string, unknown])[] = [
      ['a symbol', Symbol('odd')],
      ['an object without a prototype', Object.create(null)],
      ['null', null],
      ['a function', () => undefined],
      ['a proxy that throws', throwing],
      ['a revoked proxy', revoked],
      [
        'what cannot be a text',
        {
          toString: () => {
            throw new Error('toString')
          },
        },
      ],
    ]
    /** Methods whose argument it is. */
    const calls: Record<string, (value: unknown) => unknown> = {
      'ref.call': (value) => world().ref['call']!(value),
      'ref.cast': (value) => world().ref['cast']!(value),
      'ref.with': (value) => world().ref['with']!({ timeoutMs: value }),
      'ref.proxy': (value) => (world().ref['proxy']!() as Loose)['incr']!({ value }, value),
      'ref.upgrade': (value) => world().ref['upgrade']!(value),
      'runtime.whereis': (value) => world().runtime['whereis']!(value),
      'runtime.load': (value) => world().runtime['load']!(value),
      'runtime.load, options': (value) => world().runtime['load']!('x.js', { name: value }),
      'runtime.load, image': (value) => world().runtime['load']!({ image: value }),
      'runtime.load, root': (value) => world().runtime['load']!({ image: '', root: value }),
      'runtime.on': (value) => world().runtime['on']!(value, () => undefined),
      'runtime.close': (value) => world().runtime['close']!({ timeoutMs: value }),
      'code.spawn': (value) => world().code['spawn']!({ name: value }),
      'code.upgrade': (value) => world().code['upgrade']!(value),
      'code.downgrade': (value) => world().code['downgrade']!(value),
      'code.load': (value) => world().code['load']!(value),
      'code.softPurge': (value) => world().code['softPurge']!(value),
      'code.purge': (value) => world().code['purge']!(value),
      'code.rollBack': (value) => world().code['rollBack']!({ suspendTimeoutMs: value }),
      'code.watch': (value) => world().code['watch']!({ debounceMs: value }),
    }
    test.each(Object.keys(calls))('%s refuses each with a code', async (name) => {
      for (const [what, value] of odd) {
        const error = await failure(() => calls[name]!(value))
        expect([what, error]).toMatchObject([what, { name: 'MoultError', code: 'INVALID_OPTION' }])
      }
    })

    test('options that cannot be read are refused', async () => {
      for (const value of [throwing, revoked]) {
        for (const name of ['load', 'upgrade']) {
          const owner = name === 'load' ? world().runtime : world().code
          const error = await failure(() => owner[name]!('x.js', value))
          expect(error).toMatchObject({ code: 'INVALID_OPTION', path: 'options' })
        }
      }
    })
  })

  describe('what is transferred', () => {
    const send = (payload: unknown, ...transfer: unknown[]): Promise<unknown> => {
      return failure(() => (world().ref['with']!({ transfer }) as Loose)['call']!('incr', payload))
    }
    const refused = (path: string) => ({ code: 'UNCLONEABLE_ARGUMENT', path })

    test('is mentioned once, and has not gone before', async () => {
      const bytes = new Uint8Array(4)
      const { buffer } = bytes
      expect(await send(bytes, buffer, buffer)).toMatchObject(refused('transfer[1]'))
      expect(bytes.byteLength).toBe(4)
      expect(await send(bytes, buffer)).toBe(undefined)
      expect(await send(bytes, buffer)).toMatchObject(refused('transfer[0]'))
      expect(await send({ bytes })).toMatchObject(refused('payload.bytes'))
    })

    test.each(['twice', 'gone', 'no object', 'no list'])('in a reply: %s', async (how) => {
      const error = await failure(() => world().ref['call']!('move', how))
      expect(error).toMatchObject({ code: 'INVALID_OPTION' })
      const moved = world().ref['call']!('move', 'once')
      expect(await moved).toEqual({ buffer: new ArrayBuffer(4) })
    })

    test.each(['ReadableStream', 'WritableStream', 'TransformStream'])(
      'is no %s, wherever it is',
      async (kind) => {
        const { ref, code } = world()
        const Stream = globalThis[kind as 'ReadableStream']
        const stream = new Stream()
        expect(await send(stream)).toMatchObject(refused('payload'))
        expect(await send({ a: [stream] }, stream)).toMatchObject(refused('transfer[0]'))
        const args = failure(() => code['spawn']!({ args: { stream } }))
        expect(await args).toMatchObject(refused('args.stream'))
        const replies = { shallow: 'reply', deep: 'reply.a[0]' }
        for (const [where, path] of Object.entries(replies)) {
          const reply = failure(() => ref['call']!('stream', [where, kind]))
          expect(await reply).toMatchObject({ code: 'UNCLONEABLE_REPLY', path })
        }
        // It is as it was.
        expect((stream as { locked?: boolean }).locked).not.toBe(true)
      },
    )

    test('is no port that is not named, nor one that has been closed', async () => {
      const { port1, port2 } = new MessageChannel()
      expect(await send({ port1 })).toMatchObject(refused('payload.port1'))
      const closed = new Promise((resolve) => port1.once('close', resolve))
      port1.close()
      port2.close()
      await closed
      expect(await send({ port1 })).toMatchObject(refused('payload.port1'))
      expect(await send({ port1 }, port1)).toMatchObject({ code: 'UNCLONEABLE_ARGUMENT' })
      for (const name of ['port', 'closed']) {
        const reply = failure(() => world().ref['call']!(name))
        expect(await reply).toMatchObject({ code: 'UNCLONEABLE_REPLY', path: 'reply' })
      }
    })
  })

  test.each(['call incr', 'cast note'])('a %s with an aborted signal is refused', async (what) => {
    const [kind = '', name] = what.split(' ')
    const aborted = world().ref['with']!({ signal: AbortSignal.abort('enough') }) as Loose
    const error = await failure(() => aborted[kind]!(name))
    expect(error).toMatchObject({ code: 'CALL_ABORTED', cause: 'enough' })
  })
})
