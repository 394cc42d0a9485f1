import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serialise } from '../../../../src/protocol/bytes/clone-bytes.ts'
import { MoultError, errorCodes, isMoultError } from '../../../../src/protocol/errors.ts'
import type { ErrorCode, ErrorDetails } from '../../../../src/protocol/errors.ts'
import {
  decodeError,
  decodeThrown,
  encodeThrown,
  isWireThrown,
} from '../../../../src/protocol/wire/thrown.ts'
import { expectSame, tree } from '../bytes/cloneable.ts'

/** What the other thread gets: encoded, cloned as a port clones, decoded. */
function cross(thrown: unknown): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)))
}

function crossError(thrown: unknown): Error & Record<string, unknown> {
  const error = cross(thrown)
  expect(error).toBeInstanceOf(Error)
  return error as Error & Record<string, unknown>
}

class PaymentError extends Error {
  readonly code = 'E_PAYMENT'
  readonly status = 402
  readonly retry = new Map([['after', 30]])
  readonly onRetry = (): void => undefined
}

describe('an error keeps', () => {
  test('message, stack, code and the fields that are data; the rest is left out', () => {
    const original = new PaymentError('no money')
    const error = crossError(original)
    expect(error.message).toBe('no money')
    expect(error.stack).toBe(original.stack)
    expect(error['code']).toBe('E_PAYMENT')
    expect(error['status']).toBe(402)
    expect(error['retry']).toEqual(new Map([['after', 30]]))
    expect('onRetry' in error).toBe(false)
  })

  test('the name of a class that sets none', () => {
    expect(crossError(new PaymentError('x')).name).toBe('PaymentError')
    expect(String(crossError(new PaymentError('x')))).toBe('PaymentError: x')
  })

  test('the name of a class that extends a built-in one and sets none', () => {
    class HttpError extends TypeError {}
    const error = crossError(new HttpError('x'))
    expect(error.name).toBe('HttpError')
  })

  test('the name it was given, over that of its class', () => {
    expect(crossError(Object.assign(new PaymentError('x'), { name: 'Own' })).name).toBe('Own')
  })

  test.each([TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
    'the class, where it is %o',
    (type) => {
      expect(crossError(new type('x'))).toBeInstanceOf(type)
      expect(crossError(new type('x')).name).toBe(type.name)
    },
  )

  test('what the print shows: name and fields as own or hidden as they were', () => {
    const error = crossError(new PaymentError('x'))
    expect(Object.keys(error).sort()).toEqual(['code', 'retry', 'status'])
  })

  test('a code that is a getter of its class', () => {
    class Coded extends Error {
      get code(): string {
        return 'E_CODED'
      }
    }
    expect(crossError(new Coded('x'))['code']).toBe('E_CODED')
  })

  test('a code that is not enumerable', () => {
    const original = Object.defineProperty(new Error('x'), 'code', { value: 'E_HIDDEN' })
    expect(crossError(original)['code']).toBe('E_HIDDEN')
  })

  test('name and message of an abort', () => {
    const error = crossError(AbortSignal.abort().reason)
    expect([error.name, error.message]).toEqual(['AbortError', 'This operation was aborted'])
  })

  test('an absent or odd stack as it was', () => {
    const original = new Error('x')
    original.stack = 'made up'
    expect(crossError(original).stack).toBe('made up')
  })
})

describe('causes', () => {
  test('are kept as a chain, values that are no errors among them', () => {
    const original = new Error('a', { cause: new PaymentError('b', { cause: { why: ['c'] } }) })
    const error = crossError(original)
    const cause = error.cause as Error
    expect([cause.name, cause.message]).toEqual(['PaymentError', 'b'])
    expect(cause.cause).toEqual({ why: ['c'] })
    expect(Object.keys(error)).toEqual([])
  })

  test('of undefined differ from none', () => {
    expect('cause' in crossError(new Error('x', { cause: undefined }))).toBe(true)
    expect('cause' in crossError(new Error('x'))).toBe(false)
  })

  test('may be cyclic: the chain is cut', () => {
    const one = new Error('one')
    const two = new Error('two', { cause: one })
    one.cause = two
    let depth = 0
    for (let at: unknown = cross(one); at instanceof Error; at = at.cause) depth++
    expect(depth).toBeGreaterThan(2)
    expect(depth).toBeLessThan(100)
  })

  test('may be long: what is cut is the end', () => {
    let error = new Error('0')
    for (let depth = 1; depth <= 10_000; depth++) error = new Error(`${depth}`, { cause: error })
    expect(crossError(error).message).toBe('10000')
  })
})

describe('an AggregateError', () => {
  test('keeps its errors, with their classes and causes', () => {
    const original = new AggregateError([new PaymentError('a'), 'b', new TypeError('c')], 'all')
    const error = cross(original) as AggregateError
    expect(error).toBeInstanceOf(AggregateError)
    expect([error.name, error.message]).toEqual(['AggregateError', 'all'])
    const [a, b, c] = error.errors as [Error, string, Error]
    expect([a.name, b]).toEqual(['PaymentError', 'b'])
    expect(c).toBeInstanceOf(TypeError)
  })

  test('keeps an own name of a class that collects errors', () => {
    class Invalid extends Error {
      readonly errors = [{ path: 'a', message: 'missing' }]
    }
    const error = cross(new Invalid('bad input')) as Invalid
    expect(error.name).toBe('Invalid')
    expect(error.errors).toEqual([{ path: 'a', message: 'missing' }])
  })

  test('that holds itself twice does not blow up', () => {
    const original = new AggregateError([], 'round')
    original.errors.push(original, original)
    expect(JSON.stringify(encodeThrown(original)).length).toBeLessThan(1_000_000)
  })
})

describe('a MoultError', () => {
  const details = fc.record<ErrorDetails & { cause: unknown }>(
    {
      process: fc.string(),
      codeName: fc.string(),
      version: fc.string(),
      from: fc.string(),
      to: fc.string(),
      phase: fc.string(),
      file: fc.string(),
      line: fc.nat(),
      column: fc.nat(),
      path: fc.string(),
      expected: fc.string(),
      received: fc.string(),
      cause: fc.oneof(fc.string(), fc.constant(new TypeError('inner'))),
    },
    { requiredKeys: [] },
  )

  test('is revived as one, with every detail', () => {
    const codes = fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[]))
    fc.assert(
      fc.property(codes, fc.string(), details, (code, message, given) => {
        const original = new MoultError(code, message, given)
        const error = cross(original) as MoultError
        expect(error).toBeInstanceOf(MoultError)
        expect(isMoultError(error, code)).toBe(true)
        expect(Object.entries(error)).toEqual(Object.entries(original))
        expect([error.message, error.stack]).toEqual([message, original.stack])
        expect('cause' in error).toBe('cause' in given)
        expect(error.cause).toEqual(given.cause)
      }),
      { numRuns: 100 },
    )
  })

  test('of a future copy, with a code that is unknown here, stays an error with that code', () => {
    const foreign = Object.assign(new Error('x'), { name: 'MoultError', code: 'NOT_YET_KNOWN' })
    const error = crossError(foreign)
    expect([error.name, error['code']]).toEqual(['MoultError', 'NOT_YET_KNOWN'])
    expect(isMoultError(error)).toBe(false)
  })
})

describe('what is thrown and is no error', () => {
  test('arrives as it is where it is data', () => {
    fc.assert(
      fc.property(tree, (value) => {
        fc.pre(!(value instanceof Error))
        expectSame(cross(value), structuredClone(value))
      }),
      { numRuns: 100 },
    )
  })

  test('arrives as text where it is not', () => {
    expect(cross(Symbol('s'))).toBe('Symbol(s)')
    expect(cross({ f: () => 1 })).toBe('{ f: [Function: f] }')
  })

  test('becomes an error where one is needed, with the value as its cause', () => {
    const error = decodeError(encodeThrown({ status: 404 }))
    expect(error).toBeInstanceOf(Error)
    expect(error.cause).toEqual({ status: 404 })
    expect(decodeError(encodeThrown(new TypeError('x')))).toBeInstanceOf(TypeError)
  })
})

describe('encoding', () => {
  const strange = (over: object): Error => Object.assign(new Error('x'), over)
  /** Fields that are what an Error is made of are looked at one by one below. */
  const plainKey = fc.string().filter((name) => !['message', 'stack', 'name'].includes(name))

  test('makes data of every error with strange fields', () => {
    const fields = fc.dictionary(
      plainKey,
      fc.oneof(
        tree,
        fc.constant(() => 1),
        fc.constant(Symbol('s')),
      ),
    )
    fc.assert(
      fc.property(fields, (over) => {
        const wire = encodeThrown(strange(over))
        expect(isWireThrown(wire)).toBe(true)
        expect(() => serialise(wire)).not.toThrow()
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['message', { message: () => 1 }],
    ['stack', { stack: [() => 1] }],
  ])('makes data of an error whose %s is no text', (_field, over) => {
    const wire = encodeThrown(strange(over))
    expect(() => serialise(wire)).not.toThrow()
    expect(decodeThrown(wire)).toBeInstanceOf(Error)
    expect(typeof (decodeThrown(wire) as Error).message).toBe('string')
  })

  test('makes data of an error whose name is no text', () => {
    expect(crossError(strange({ name: Symbol('s') })).name).toBe('Error')
  })

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'survives the name %s',
    (name) => {
      const error = crossError(strange({ name }))
      expect([error.name, error.message]).toEqual([name, 'x'])
    },
  )

  test('survives a getter that throws', () => {
    const original = Object.defineProperty(new Error('x'), 'lazy', {
      enumerable: true,
      get() {
        throw new Error('boom')
      },
    })
    expect(crossError(original).message).toBe('x')
  })

  test('survives an object that has no text', () => {
    const bare: unknown = Object.assign(Object.create(null) as object, { f: () => 1 })
    expect(typeof cross(bare)).toBe('string')
  })

  test('survives an own field __proto__', () => {
    const original = Object.defineProperty(new Error('x'), '__proto__', {
      enumerable: true,
      value: { evil: 1 },
    })
    expect(crossError(original)).toBeInstanceOf(Error)
  })
})

test.each([undefined, null, 1, 'x', {}, { threw: true }])('%o is not on the wire', (value) => {
  expect(isWireThrown(value)).toBe(false)
})
