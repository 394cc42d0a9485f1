// @module-tag once
import { beforeAll, describe, test } from 'vitest'
import { project, verify } from '../../support/typecheck.ts'
import type { Case } from '../../support/typecheck.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

const init = '  init: () => ({ count: 0 }),\n'

const withCalls = (calls: string): string => `${init}  calls: { ${calls} },`

/** Older handlers, newer ones, and the one fault. */
const messages: readonly Case[] = [
  {
    name: 'the same',
    older: 'on: () => true, by: (_, n: number) => n',
    newer: 'on: () => false, by: (_, n: number) => n',
  },
  {
    name: 'a payload of another type',
    older: 'add: (_, by: number) => by',
    newer: 'add: (_, by: string) => by.length',
    fault: '5: call "add" takes string, but callers of 1.0.0 send number',
  },
  {
    name: 'a wider payload',
    older: 'add: (_, by: number) => by',
    newer: 'add: (_, by: number | string) => Number(by)',
  },
  {
    name: 'a narrower payload',
    older: 'add: (_, by: number | string) => Number(by)',
    newer: 'add: (_, by: number) => by',
    fault: '5: call "add" takes number, but callers of 1.0.0 send string | number',
  },
  {
    name: 'a payload is no longer read',
    older: 'add: (_, by: number) => by',
    newer: 'add: () => 0',
  },
  {
    name: 'an optional payload is new',
    older: 'get: () => 0',
    newer: 'get: (_, at?: number) => at ?? 0',
  },
  {
    name: 'a payload with a default is new',
    older: 'get: () => 0',
    newer: 'get: (_, at = 1) => at',
  },
  {
    name: 'a payload is new',
    older: 'get: () => 0',
    newer: 'get: (_, at: number) => at',
    fault: '5: call "get" takes number, but callers of 1.0.0 send nothing',
  },
  {
    name: 'an optional payload is required',
    older: 'get: (_, at?: number) => at ?? 0',
    newer: 'get: (_, at: number) => at',
    fault: '5: call "get" takes number, but callers of 1.0.0 send number | undefined, or nothing',
  },
  {
    name: 'an optional field is new',
    older: 'f: (_, a: { x: 1 }) => a.x',
    newer: 'f: (_, a: { x: 1; y?: 2 }) => a.x',
  },
  {
    name: 'a field is new',
    older: 'f: (_, a: { x: 1 }) => a.x',
    newer: 'f: (_, a: { x: 1; y: 2 }) => a.x',
    fault: 'send { x: 1; }: y is missing',
  },
  {
    name: 'another reply',
    older: 'get: (state) => state.count',
    newer: 'get: (state) => String(state.count)',
    fault: '5: call "get" replies with string, but callers of 1.0.0 expect number',
  },
  {
    name: 'a reply that comes later',
    older: 'get: () => 0',
    newer: 'get: async () => Promise.resolve(0)',
  },
  {
    name: 'a field more in the reply',
    older: 'get: () => ({ a: 1 })',
    newer: 'get: () => ({ a: 1, b: 2 })',
  },
  {
    name: 'a field less in the reply',
    older: 'get: () => ({ a: 1, b: { c: 1 } })',
    newer: 'get: () => ({ a: 1, b: {} })',
    fault: ': b.c is missing',
  },
  {
    name: 'a reply of which nothing is known',
    older: 'get: () => 1',
    newer: 'get: () => JSON.parse("1")',
    fault: '5: call "get" replies with any, but callers of 1.0.0 expect number',
  },
  {
    name: 'a reply of which a part is not known',
    older: 'get: () => ({ a: [1] })',
    newer: 'get: () => ({ a: [JSON.parse("1")], b: JSON.parse("1") })',
    fault: ': a[] is any, not number',
  },
  {
    name: 'a reply of which nothing was known either',
    older: 'get: () => JSON.parse("1")',
    newer: 'get: () => JSON.parse("2")',
  },
  {
    name: 'a reply that may be missing',
    older: 'get: () => 1',
    newer: 'get: (state) => (state.count > 0 ? 1 : undefined)',
    fault: 'call "get" replies with 1 | undefined, but callers of 1.0.0 expect number',
  },
  {
    name: 'a reply where there was none',
    older: 'reset: (state) => { state.count = 0 }',
    newer: 'reset: () => 1',
  },
  {
    name: 'a reply where there was an error',
    older: 'get: () => { throw new Error() }',
    newer: 'get: () => 1',
  },
  {
    name: 'a call that is gone, which is not a matter of types',
    older: 'get: () => 1, more: () => 2',
    newer: 'get: () => 1',
  },
]

describe('calls', () => {
  test.each(messages)('$name', ({ name, older = '', newer, fault }) => {
    const [one, other] = [withCalls(older), withCalls(newer)]
    verify(root, { name, older: one, newer: other, fault })
  })
})

describe('casts', () => {
  test('take what older callers send', () => {
    verify(root, {
      name: 'a cast',
      older: `${init}  casts: { put: (state, by: number) => { state.count = by } },`,
      newer: `${init}  casts: { put: (state, by: string) => { state.count = by.length } },`,
      fault: '5: cast "put" takes string, but callers of 1.0.0 send number',
    })
  })

  test('have no reply', () => {
    verify(root, {
      name: 'a cast',
      older: `${init}  casts: { put: () => 1 },`,
      newer: `${init}  casts: { put: () => 'x' },`,
    })
  })
})
