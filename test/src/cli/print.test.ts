// @module-tag once
import { describe, expect, test } from 'vitest'
import { asJson, exitCodeOf, printed } from '../../../src/cli/print.ts'
import { serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import type { SearchFault, SearchResult } from '../../../src/protocol/jobs/search.ts'

const facts = { seed: 7, runs: 20, discarded: 3, sources: ['schema', 'samples'] } as const
const tried =
  '20 states tried (from schema, samples; 3 made up and refused by the old schema; seed 7)'
const none: SearchResult = { ...facts, kind: 'none', isCutShort: false }
const untried: SearchResult = { ...facts, kind: 'untried', reason: 'there was nothing' }
const found: SearchFault = {
  ...facts,
  kind: 'fault',
  fault: 'schema',
  state: serialise({ items: [] }),
  printed: '{ items: [] }',
  detail: { message: 'too few', paths: ['state.items', 'state.total'] },
  shrinks: 2,
}
const fault = { file: '/v2.ts', line: 3, column: 5, message: 'no number', frame: '> 3 | x\n    ^' }

const refusal = new MoultError('CALLS_REMOVED', 'shop: 2.0.0 lacks gone', {
  phase: 'plan',
  expected: 'the calls and casts of 1.0.0',
  received: 'none named gone',
})
const refused =
  'plan: CALLS_REMOVED: shop: 2.0.0 lacks gone\nexpected: the calls and casts of 1.0.0\nreceived: none named gone'

describe('a result for a person', () => {
  test.each<[string, Parameters<typeof printed>[0], string]>([
    ['all fits', { faults: [], refusals: [], search: undefined }, 'types: all fit'],
    [
      'faults',
      { faults: [fault, { ...fault, line: 9 }], refusals: [], search: undefined },
      '/v2.ts:3:5: no number\n> 3 | x\n    ^\n\n/v2.ts:9:5: no number\n> 3 | x\n    ^',
    ],
    [
      'a refusal',
      { faults: [], refusals: [refusal], search: none },
      `types: all fit\n\n${refused}\n\nsearch: no fault found\n${tried}`,
    ],
    [
      'no state',
      { faults: [], refusals: [], search: none },
      `types: all fit\n\nsearch: no fault found\n${tried}`,
    ],
    [
      'no state in time',
      { faults: [], refusals: [], search: { ...none, isCutShort: true } },
      `types: all fit\n\nsearch: no fault found before the time was over\n${tried}`,
    ],
    [
      'nothing tried',
      { faults: [], refusals: [], search: untried },
      'types: all fit\n\nsearch: nothing was tried: there was nothing',
    ],
    [
      'a state',
      { faults: [], refusals: [], search: found },
      `types: all fit\n\nsearch: schema at state.items, state.total: too few\nthe smallest state found: { items: [] }\n${tried}`,
    ],
    [
      'a state too large',
      {
        faults: [],
        refusals: [],
        search: { ...found, state: undefined, printed: undefined, sources: [] },
      },
      `types: all fit\n\nsearch: schema at state.items, state.total: too few\nthe smallest state found: too large to be shown\n${tried.replace('schema, samples', 'nothing')}`,
    ],
  ])('%s', (_name, result, text) => {
    expect(printed(result)).toBe(text)
  })

  test('where it was thrown, by the lines of the user, without those of the search', () => {
    const stack = [
      'RangeError: no',
      'of two lines',
      '    at 1.0.0 (/app/v2.ts:3:5)',
      '    at step (/app/node_modules/ledger/index.js:9:1)',
      `    at attempt (${new URL('../../../workers/search/round-trip.ts', import.meta.url).pathname}:72:27)`,
      '    at async AsyncProperty.run (file:///app/node_modules/fast-check/lib/fast-check.js:1:9)',
    ].join('\n')
    const detail = { message: 'no\nof two lines', paths: [], stack }
    const search: SearchFault = { ...found, fault: 'throws', detail }
    expect(printed({ faults: [], refusals: [], search })).toContain(
      'search: throws: no\nof two lines\n' +
        '    at 1.0.0 (/app/v2.ts:3:5)\n' +
        '    at step (/app/node_modules/ledger/index.js:9:1)\n' +
        'the smallest state found',
    )
  })
})

test('a result for a program parses, and holds no bytes', () => {
  const result = JSON.parse(asJson({ faults: [fault], refusals: [], search: found })) as unknown
  expect(result).toEqual({ faults: [fault], refusals: [], search: { ...found, state: undefined } })
  expect(JSON.parse(asJson({ faults: [], refusals: [], search: undefined }))).toEqual({
    faults: [],
    refusals: [],
  })
})

test('a refusal for a program', () => {
  const result = JSON.parse(
    asJson({ faults: [], refusals: [refusal], search: undefined }),
  ) as unknown
  const { code, message, expected, received } = refusal
  expect(result).toEqual({ faults: [], refusals: [{ code, message, expected, received }] })
})

test.each([
  ['all fits', [], undefined, 0],
  ['no state is found', [], none, 0],
  ['no state is found in time', [], { ...none, isCutShort: true }, 0],
  ['nothing was tried', [], untried, 2],
  ['a state is found', [], found, 1],
  ['types do not fit', [fault], undefined, 1],
  ['types do not fit, no state', [fault], none, 1],
  ['types do not fit, nothing tried', [fault], untried, 1],
] as const)('exit code: %s', (_name, faults, search, code) => {
  expect(exitCodeOf({ faults, refusals: [], search })).toBe(code)
  expect(exitCodeOf({ faults, refusals: [refusal], search })).toBe(1)
})
