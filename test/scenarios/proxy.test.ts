import { createEndpoint, proxy, releaseProxy, transfer, transferHandlers } from 'comlink'
import { isMoultError } from 'moult'
import type { ProcessRef } from 'moult'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Point, pointHandler } from '../fixtures/points/point.ts'
import type definition from '../fixtures/points/v1.ts'
import { fixture, shared, testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

type Points = ProcessRef<typeof definition>

async function start(external: readonly string[], file = 'points/v1.ts'): Promise<Points> {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof definition>(fixture(file), { external })
  return code.spawn({ name: 'points' })
}

/** What a program may do that does not look at types. */
interface Untyped {
  (...args: unknown[]): Promise<unknown>
  [name: string | symbol]: Untyped
}

const untyped = (of: unknown): Untyped => of as Untyped
const constructed = (of: unknown): unknown => Reflect.construct(of as () => unknown, [])

describe('the calls of a process as functions', () => {
  const ref = shared(() => start([]))

  test('take what a call takes and give what it gives', async () => {
    const calls = ref().proxy()
    const { count, same } = calls
    expect(await Promise.all([count(1), calls.count(2), same(), same({ text: 'a' })])).toEqual([
      1,
      3,
      undefined,
      'a',
    ])
    await expect(calls.fail()).rejects.toBeInstanceOf(RangeError)
  })

  test.each<[string, (calls: Untyped) => unknown]>([
    ['a second payload', (calls) => calls['count']?.(1, 2)],
    ['a second payload that is undefined', (calls) => calls['count']?.(1, undefined)],
    ['a function that is awaited', (calls) => calls['count']],
    ['an unknown one that is awaited', (calls) => calls['anything']],
    ['a function of a function', (calls) => calls['count']?.['deeper']?.()],
    ['an assignment', (calls) => (calls['count'] = calls)],
    ['an assignment to a function', (calls) => Object.assign(calls['count'] as object, { x: 1 })],
    ['a deletion', (calls) => delete calls['count']],
    ['a definition', (calls) => Object.defineProperty(calls, 'x', { value: 1 })],
    ['a prototype', (calls) => Object.setPrototypeOf(calls, null) as unknown],
    ['a call of nothing', (calls) => calls(1)],
    ['new', constructed],
    ['new of a function', (calls) => constructed(calls['count'])],
    ['a release', (calls) => calls[releaseProxy]?.()],
    ['a release of a function', (calls) => calls['count']?.[releaseProxy]],
    ['an endpoint', (calls) => calls[createEndpoint]?.()],
  ])('refuse %s', async (_what, attempt) => {
    const error = await rejection((async () => attempt(untyped(ref().proxy())))())
    expect(isMoultError(error, 'INVALID_OPTION')).toBe(true)
    expect((error as Error).message).toMatch(/points/)
  })

  test('refuse what no call is named, and what is no data, as a call does', async () => {
    const calls = untyped(ref().proxy())
    const refused = [calls['reset']?.(), calls['anything']?.(), calls['echo']?.(() => 1)]
    const codes = await Promise.all(refused.map((each) => rejection(Promise.resolve(each))))
    expect(codes).toMatchObject([
      { code: 'UNKNOWN_CALL' },
      { code: 'UNKNOWN_CALL' },
      { code: 'UNCLONEABLE_ARGUMENT', path: 'payload' },
    ])
  })

  test('are printed by their names, and are no promise', async () => {
    const calls = ref().proxy()
    expect([inspect(calls), String(untyped(calls))]).toEqual(['calls of points', 'calls of points'])
    expect(inspect(calls.count)).toBe("call 'count' of points")
    expect(JSON.stringify({ calls })).toBe('{}')
    expect((await Promise.resolve(calls)) === calls).toBe(true)
  })

  test('copy a buffer, and move one that Comlink’s transfer() has marked', async () => {
    const calls = ref().proxy()
    const [copied, moved] = [new Uint8Array(3), new Uint8Array(4)]
    expect(await calls.size(copied)).toBe(3)
    expect(await calls.size(transfer(moved, [moved.buffer]))).toBe(4)
    expect([copied.byteLength, moved.byteLength]).toEqual([3, 0])
  })

  test('move a port', async () => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const heard = once(port1, 'message')
    await untyped(ref().proxy())['listen']?.(transfer(port2, [port2] as never))
    expect(await heard).toEqual(['here'])
  })

  test('refuse what Comlink’s proxy() has marked, and leave no port open', async () => {
    const calls = ref().proxy()
    const open = (): number => {
      return process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
    }
    const before = open()
    const marked = [proxy({ on: 1 }), proxy(() => 1)]
    const refused = await Promise.all(marked.map((each) => rejection(calls.echo(each))))
    const error = { code: 'UNCLONEABLE_ARGUMENT', path: 'payload' }
    expect(refused).toMatchObject([error, error])
    expect(open()).toBe(before)
  })
})

describe('with a transfer handler on main', () => {
  const registered = (): void => {
    transferHandlers.set('point', pointHandler)
    onTestFinished(() => void transferHandlers.delete('point'))
  }

  describe('and in the process, which shares Comlink', () => {
    const ref = shared(() => start(['comlink']))

    test('values of its class cross both ways, and others as ever', async () => {
      registered()
      const calls = ref().proxy()
      expect(await calls.sum(new Point(1, 2))).toBe(3)
      expect(await calls.make(4)).toEqual(new Point(4, 4))
      expect(await calls.echo(new Point(5, 6))).toBeInstanceOf(Point)
      expect(await calls.echo({ x: [1, new Map()] })).toEqual({ x: [1, new Map()] })
      await expect(calls.fail()).rejects.toBeInstanceOf(RangeError)
    })
  })

  describe('alone', () => {
    const ref = shared(() => start([], 'points/no-handler.ts'))

    test('a value of its class is refused with its path: it would lose its class', async () => {
      registered()
      const calls = ref().proxy()
      expect(await rejection(calls.sum(new Point(1, 2)))).toMatchObject({
        code: 'UNCLONEABLE_ARGUMENT',
        path: 'payload',
        expected: "a transfer handler 'point' on both sides",
      })
      expect(await calls.count(0)).toBe(0)
    })
  })
})
