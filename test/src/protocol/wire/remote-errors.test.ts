import { expose, transferHandlers, wrap } from 'comlink'
import type { Remote } from 'comlink'
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { MoultError } from '../../../../src/protocol/errors.ts'
import { keepErrorsWhole } from '../../../../src/protocol/wire/remote-errors.ts'

class PaymentError extends RangeError {
  override readonly name = 'PaymentError'
  readonly code = 'E_PAYMENT'
  readonly tries = [1, 2]
}

const thrown: Record<string, () => unknown> = {
  own: () => new PaymentError('no money', { cause: new TypeError('inner', { cause: 'root' }) }),
  moult: () => new MoultError('NAME_TAKEN', 'taken', { process: 'a', line: 3 }),
  many: () => new AggregateError([new PaymentError('a'), 'b'], 'all'),
  text: () => 'just text',
  data: () => ({ status: 404, list: new Set([1]) }),
  nothing: () => undefined,
}

interface Thrower {
  fail(what: string): Promise<never>
  failLater(what: string): Promise<never>
  answer(value: number): Promise<number>
}

function connect(): Remote<Thrower> {
  keepErrorsWhole()
  const { port1, port2 } = new MessageChannel()
  onTestFinished(async () => {
    const closed = once(port2, 'close')
    port1.close()
    await closed
  })
  const thrower: Thrower = {
    fail: (what) => {
      throw thrown[what]?.()
    },
    failLater: async (what) => {
      await Promise.resolve()
      throw thrown[what]?.()
    },
    answer: async (value) => value,
  }
  expose(thrower, port1)
  return wrap<Thrower>(port2)
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (error: unknown) => error,
  )
}

test.each(['fail', 'failLater'] as const)(
  'an error keeps class name, code, fields and causes over Comlink (%s)',
  async (method) => {
    const error = (await caught(connect()[method]('own'))) as PaymentError
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.message, error.code]).toEqual([
      'PaymentError',
      'no money',
      'E_PAYMENT',
    ])
    expect(error.tries).toEqual([1, 2])
    expect(error.stack).toContain('remote-errors.test.ts')
    expect(error.cause).toBeInstanceOf(TypeError)
    expect((error.cause as Error).cause).toBe('root')
  },
)

test('a MoultError arrives as one', async () => {
  const error = await caught(connect().fail('moult'))
  expect(error).toBeInstanceOf(MoultError)
  expect(error).toMatchObject({ code: 'NAME_TAKEN', process: 'a', line: 3 })
})

test('an AggregateError keeps its errors', async () => {
  const error = (await caught(connect().fail('many'))) as AggregateError
  expect(error).toBeInstanceOf(AggregateError)
  expect(error.errors).toMatchObject([{ name: 'PaymentError' }, 'b'])
})

test('what is thrown and is no error arrives as it is', async () => {
  const remote = connect()
  expect(await caught(remote.fail('text'))).toBe('just text')
  expect(await caught(remote.fail('data'))).toEqual({ status: 404, list: new Set([1]) })
  expect(await caught(remote.fail('nothing'))).toBe(undefined)
})

test('what does not throw is not touched', async () => {
  expect(await connect().answer(42)).toBe(42)
})

test('a peer without the handler gets what Comlink gives', () => {
  keepErrorsWhole()
  const handler = transferHandlers.get('throw')
  const [message] = handler?.deserialize === undefined ? [] : [foreignError]
  expect(() => handler?.deserialize(message)).toThrow('from afar')
})

const foreignError = {
  isError: true,
  value: { name: 'RangeError', message: 'from afar', stack: 'there' },
}

test('asking twice changes nothing: errors are encoded once', () => {
  keepErrorsWhole()
  const first = transferHandlers.get('throw')
  keepErrorsWhole()
  expect(transferHandlers.get('throw')).toBe(first)
})
