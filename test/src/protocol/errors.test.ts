import vm from 'node:vm'
import { expect, test } from 'vitest'
import { MoultError, detailsOf, isMoultError, withDetails } from '../../../src/protocol/errors.ts'

/** What another copy of moult throws: the same shape, another class. */
class ForeignError extends Error {
  override readonly name = 'MoultError'
  readonly code: string

  constructor(code: string) {
    super('foreign')
    this.code = code
  }
}

test('a MoultError has name, code, message, cause and the fields that are known', () => {
  const cause = new Error('why')
  const error = new MoultError('NAME_TAKEN', 'taken', { process: 'a', received: 'a', cause })
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.code, error.message]).toEqual(['MoultError', 'NAME_TAKEN', 'taken'])
  expect([error.process, error.received, error.cause]).toEqual(['a', 'a', cause])
  expect('version' in error).toBe(false)
  expect(String(error)).toBe('MoultError: taken')
})

test('there is a cause only where one was given', () => {
  expect('cause' in new MoultError('NAME_TAKEN', 'x')).toBe(false)
  expect('cause' in new MoultError('NAME_TAKEN', 'x', { cause: undefined })).toBe(true)
})

test('unknown details are left out', () => {
  const details = { process: 'a', stack: 'fake', message: 'fake', toString: 1 } as object
  const error = new MoultError('NAME_TAKEN', 'x', details)
  expect(detailsOf(details)).toEqual({ process: 'a' })
  expect(error.message).toBe('x')
  expect(error.stack).not.toBe('fake')
})

test('an error of another copy counts, by its name and code', () => {
  expect(isMoultError(new ForeignError('CALL_TIMEOUT'))).toBe(true)
  expect(isMoultError(new ForeignError('CALL_TIMEOUT'), 'CALL_TIMEOUT')).toBe(true)
  expect(isMoultError(new ForeignError('CALL_TIMEOUT'), 'CALL_ABORTED')).toBe(false)
})

test.each([
  ['an unknown code', new ForeignError('ENOENT')],
  ['no code', Object.assign(new Error('x'), { name: 'MoultError' })],
  ['a code that is no text', Object.assign(new Error('x'), { name: 'MoultError', code: 7 })],
  ['another name', Object.assign(new Error('x'), { code: 'CALL_TIMEOUT' })],
  ['no error', { name: 'MoultError', code: 'CALL_TIMEOUT' }],
  ['nothing', undefined],
  ['null', null],
  ['text', 'CALL_TIMEOUT'],
])('%s does not count', (_what, value) => {
  expect(isMoultError(value)).toBe(false)
})

test.each(['toString', 'constructor', '__proto__'])('%s is no code', (code) => {
  expect(isMoultError(new ForeignError(code))).toBe(false)
})

test('details are filled in, and what was known stays', () => {
  const error = new MoultError('NO_MIGRATION', 'x', { from: '1', cause: 'why' })
  const more = withDetails(error, { from: '9', to: '2', phase: 'plan' })
  expect({ from: more.from, to: more.to, phase: more.phase }).toEqual({
    from: '1',
    to: '2',
    phase: 'plan',
  })
  expect([more.code, more.message, more.cause]).toEqual(['NO_MIGRATION', 'x', 'why'])
  expect(more.stack).toBe(error.stack)
  expect(error.to).toBe(undefined)
})

test('filling in details does not invent a cause', () => {
  expect('cause' in withDetails(new MoultError('NAME_TAKEN', 'x'), { process: 'a' })).toBe(false)
})

test('details of a foreign copy are filled in too', () => {
  const foreign = new ForeignError('NAME_TAKEN')
  if (!isMoultError(foreign)) throw new Error('should count')
  expect(withDetails(foreign, { process: 'a' })).toMatchObject({
    code: 'NAME_TAKEN',
    process: 'a',
    message: 'foreign',
  })
})

test('an error of another realm is not mistaken for one of ours', () => {
  const other: unknown = vm.runInNewContext('Object.assign(new Error("x"), { code: "E" })')
  expect(isMoultError(other)).toBe(false)
})

test('a code that there is not is refused, with the one that was meant; so are more arguments', () => {
  const loose = isMoultError as (...given: unknown[]) => unknown
  const refused = (details: object): Error =>
    expect.objectContaining({ code: 'INVALID_OPTION', ...details }) as Error
  const error = new MoultError('CALL_TIMEOUT', 'late')
  const message = expect.stringContaining(`(did you mean 'CALL_TIMEOUT'?)`) as string
  expect(() => loose(error, 'CALL_TIMEOT')).toThrow(refused({ path: 'code', message }))
  expect(() => loose(error, 5)).toThrow(refused({ received: 'a value of type number' }))
  expect(() => [error].filter(loose)).toThrow(refused({ received: '3 arguments' }))
})
