import { describe, expect, test } from 'vitest'
import type { LogLevel } from '../../../src/protocol/definition/context.ts'
import { Outbox } from '../../../workers/isolate/outbox.ts'
import { slotLog } from '../../../workers/isolate/slot-log.ts'
import { MemoryPort } from '../../support/memory-port.ts'

type Write = (...given: unknown[]) => void

/** A log, as a program without types sees it, and what it posts. */
function logged() {
  const port = new MemoryPort()
  const log = slotLog(new Outbox(port), () => 3, { version: '1' })
  return { log: log as unknown as Readonly<Record<LogLevel, Write>>, port }
}

class Seat {
  readonly row = 4
}

describe('a line', () => {
  test.each([
    [[], {}],
    [[{ row: 4 }], { row: 4 }],
    [[undefined], {}],
    [[new Seat()], { row: 4 }],
    [[Object.assign(Object.create(null), { row: 4 })], { row: 4 }],
  ])('has its fields: %o', (given, fields) => {
    const { log, port } = logged()
    log.info('taken', ...given)
    const line = { type: 'log', slot: 3, level: 'info', message: 'taken' }
    expect(port.read()).toMatchObject([{ ...line, fields: { version: '1', ...fields } }])
  })

  test.each([
    ['message', [Symbol('taken')]],
    ['message', [new Error('full')]],
    ['message', [() => 'taken']],
    ['message', []],
    ['fields', ['failed', new Error('full')]],
    ['fields', ['failed', new (class Full extends Error {})('full')]],
    ['fields', ['failed', [4]]],
    ['fields', ['failed', new Map([['row', 4]])]],
    ['fields', ['failed', 'full']],
    ['fields', ['failed', null]],
    ['arguments[2]', ['failed', {}, 4]],
  ])('is refused for its %s: %o', (path, given) => {
    const { log, port } = logged()
    expect(() => log.error(...given)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', path }),
    )
    expect(port.read()).toEqual([])
  })
})
