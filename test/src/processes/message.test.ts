// @module-tag once
import fc from 'fast-check'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createVersion } from '../../../src/versions/version.ts'
import { Message, ownPayload } from '../../../src/processes/message.ts'
import { READ_STATE } from '../../../src/protocol/definition/contract.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { expectSame, tree } from '../protocol/bytes/cloneable.ts'

function caught(work: () => unknown): MoultError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(MoultError)
    return error as MoultError
  }
  throw new Error('nothing was thrown')
}

describe('a payload', () => {
  test('is a copy: what the sender does later is not seen', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const mine = { value, list: [1] }
        const { payload } = ownPayload(mine)
        expectSame(payload, structuredClone(mine))
        mine.list.push(2)
        expect((payload as typeof mine).list).toEqual([1])
      }),
      { numRuns: 100 },
    )
  })

  test.each([undefined, null, true, -0, NaN, 'text', 10n])(
    'that is %s is kept as it is',
    (value) => {
      expect(ownPayload(value).payload).toBe(value)
    },
  )

  test('is refused by the path to what is no data', () => {
    const error = caught(() => ownPayload({ user: { onLeave: () => 1 } }))
    expect(error.code).toBe('UNCLONEABLE_ARGUMENT')
    expect(error.path).toBe('payload.user.onLeave')
    expect(error.received).toBe("a function 'onLeave'")
    expect(error.cause).toBeInstanceOf(Error)
    expect(caught(() => ownPayload(() => 1)).path).toBe('payload')
    expect(caught(() => ownPayload(Symbol('x'))).path).toBe('payload')
  })

  test('whose getter throws is refused as well', () => {
    const payload = Object.defineProperty({}, 'lazy', {
      enumerable: true,
      get() {
        throw new Error('boom')
      },
    })
    expect(caught(() => ownPayload(payload)).code).toBe('UNCLONEABLE_ARGUMENT')
  })
})

describe('a transfer list', () => {
  test('takes the buffers away from the sender now', () => {
    const buffer = new Uint8Array([1, 2, 3]).buffer
    const { payload, transfer } = ownPayload({ buffer, view: new Uint8Array(buffer, 1) }, [buffer])
    expect(buffer.byteLength).toBe(0)
    const own = payload as { buffer: ArrayBuffer; view: Uint8Array }
    expect(transfer).toEqual([own.buffer])
    expect(transfer?.[0]).toBe(own.buffer)
    expect(own.view.buffer).toBe(own.buffer)
    expect([...own.view]).toEqual([2, 3])
  })

  test('moves ports too', () => {
    const { port1, port2 } = new MessageChannel()
    const { payload, transfer } = ownPayload({ port: port1 }, [port1])
    onTestFinished(() => port2.close())
    expect(transfer?.[0]).toBe((payload as { port: unknown }).port)
  })

  test('that is empty is none', () => {
    expect('transfer' in ownPayload({ a: 1 }, [])).toBe(false)
  })

  test('of a payload that is refused leaves the buffers with the sender', () => {
    const buffer = new ArrayBuffer(8)
    expect(caught(() => ownPayload({ buffer, bad: () => 1 }, [buffer])).path).toBe('payload.bad')
    expect(buffer.byteLength).toBe(8)
  })

  test('takes them away even where the payload is a primitive', () => {
    const buffer = new ArrayBuffer(8)
    ownPayload(5, [buffer])
    expect(buffer.byteLength).toBe(0)
  })

  test('that is at fault itself is named, not the payload', () => {
    const buffer = new ArrayBuffer(8)
    expect(caught(() => ownPayload({ buffer }, [buffer, buffer])).path).toMatch(/^transfer/)
  })
})

describe('a message', () => {
  function watched(): { message: Message; events: unknown[] } {
    const events: unknown[] = []
    const caller = {
      resolve: (value: unknown) => events.push(['resolved', value]),
      reject: (reason: unknown) => events.push(['rejected', reason]),
    }
    return { message: new Message('call', 'get', undefined, caller), events }
  }

  test('is answered once, whatever comes first', () => {
    const endings = {
      succeed: (message: Message) => message.succeed('value'),
      fail: (message: Message) => message.fail('reason'),
      abandon: (message: Message) => message.abandon('late'),
      finish: (message: Message) => message.finish(),
    }
    const order = fc.array(fc.constantFrom(...(Object.keys(endings) as (keyof typeof endings)[])))
    fc.assert(
      fc.property(order, (names) => {
        const { message, events } = watched()
        for (const name of names) endings[name](message)
        const [first] = names
        const told = first === undefined || first === 'finish' ? 0 : 1
        expect(events.length).toBe(told)
        expect(message.isAnswered).toBe(names.length > 0)
        expect(message.isFinished).toBe(names.some((name) => name !== 'abandon'))
      }),
    )
  })

  test('that was given up is not finished: its handler may be running', () => {
    const { message, events } = watched()
    message.abandon('late')
    expect([message.isAnswered, message.isFinished]).toEqual([true, false])
    message.succeed(1)
    expect(message.isFinished).toBe(true)
    expect(events).toEqual([['rejected', 'late']])
  })
})

describe('the number of an operation', () => {
  const contract = {
    version: '1',
    calls: ['get', 'toString'],
    casts: ['set'],
    codeChange: {},
    downgrade: {},
    upcasts: [],
    checksPayloads: false,
    concurrency: 1,
  }
  const image = {
    hash: '',
    url: '',
    digest: '',
    root: '',
    entry: '',
    exportedAt: { file: '', line: 1, column: 1 },
    manifest: {
      hash: '',
      entry: '',
      bytes: 0,
      external: [],
      sources: [],
      packages: [],
      dynamicImports: [],
      exportedAt: { line: 1, column: 1 },
    },
  }
  const version = createVersion(image, contract, {})
  const numberOf = (kind: 'call' | 'cast' | 'read-state', name: string): unknown =>
    new Message(kind, name, undefined, undefined).numberIn(version, { label: 'p' })

  test('is its position: calls first, then casts', () => {
    expect([numberOf('call', 'get'), numberOf('call', 'toString')]).toEqual([0, 1])
    expect(numberOf('cast', 'set')).toBe(2)
    expect(numberOf('read-state', '')).toBe(READ_STATE)
  })

  test.each([
    ['call', 'nope', 'UNKNOWN_CALL', 'one of get, toString', ''],
    ['cast', 'nope', 'UNKNOWN_CAST', 'one of set', ''],
    ['call', 'set', 'UNKNOWN_CALL', 'one of get, toString', "('set' is a cast)"],
    ['cast', 'get', 'UNKNOWN_CAST', 'one of set', "('get' is a call)"],
    ['call', 'constructor', 'UNKNOWN_CALL', 'one of get, toString', ''],
    ['call', '', 'UNKNOWN_CALL', 'one of get, toString', ''],
  ] as const)('of %s %o does not exist', (kind, name, code, expected, hint) => {
    const error = numberOf(kind, name)
    expect(error).toBeInstanceOf(MoultError)
    expect(error).toMatchObject({ code, expected, received: name, process: 'p', version: '1' })
    expect((error as Error).message).toContain(hint)
  })
})
