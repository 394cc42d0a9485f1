// @module-tag once
import { beforeAll, describe, expect, test } from 'vitest'
import { check, counter, project, said, v1, v2, verify } from '../../support/typecheck.ts'
import type { Case } from '../../support/typecheck.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

/** Old state, parameter of codeChange, and what is said of them: nothing when they are the same. */
const parameters: readonly (readonly [state: string, parameter: string, fault: string])[] = [
  ['{ count: number }', '{ count: number }', ''],
  ['{ a: number; b: string }', '{ b: string; a: number }', ''],
  ['{ a: number; b: string }', '{ a: number }', ': b is missing'],
  ['{ a: number }', '{ a: number; b: string }', ': b should not be there'],
  ['{ a: number; b?: string }', '{ a: number }', ': b is missing'],
  ['{ a: number }', '{ a: number; b?: string }', ': b should not be there'],
  ['{ a: number; b?: string }', '{ a: number; b?: string }', ''],
  ['{ b?: string }', '{ b: string }', ': b is string, not string | undefined'],
  ['{ b: string }', '{ b?: string }', ': b is string | undefined, not string'],
  ['{ "on-off": boolean }', '{ "on-off": number }', ': ["on-off"] is number, not boolean'],
  ['{ at: { x: number } }', '{ at: { x: string } }', ': at.x is string, not number'],
  ['{ at?: { x: number; y?: 1 } }', '{ at?: { x: number } }', ': at.y is missing'],
  ['{ list: { id: number }[] }', '{ list: { id: string }[] }', ': list[].id is string, not number'],
  ['Map<string, { n: number }>', 'Map<string, { n: number }>', ''],
  ['Map<string, { n: 1 }>', 'Map<string, { n: 2 }>', ': <V>.n is 2, not 1'],
  ['{ m: Map<string, 1> }', '{ m: Map<number, 1> }', ': m<K> is number, not string'],
  ['{ s: Set<string> }', '{ s: string[] }', ': s is string[], not Set<string>'],
  ['{ d: Date }', '{ d: Date }', ''],
  ['{ d: Date }', '{ d: RegExp }', ': d is RegExp, not Date'],
  ['[number, string]', '[number, string]', ''],
  ['[number, string]', '[number, number]', ': [1] is number, not string'],
  ['{ b: Uint8Array }', '{ b: Uint8Array }', ''],
  ['number', 'number', ''],
  ['number', 'string', ' takes string, but the state of 1.0.0 is number'],
  ['"on" | "off"', '"off" | "on"', ''],
  ['"on" | "off"', '"on"', ' takes "on", but the state of 1.0.0 is'],
  ['"on"', '"on" | "off"', ' takes "on" | "off", but the state of 1.0.0 is "on"'],
  ['{ s: "on" | "off" }', '{ s: "on" }', ': s is "on", not "on" | "off"'],
  ['{ s: string | null }', '{ s: string }', ': s is string, not string | null'],
  ['{ k: "a"; n: 1 } | { k: "b" }', '{ k: "b" } | { k: "a"; n: 1 }', ''],
  ['{ n: number }', '{ n: any }', ': n is any, not number'],
  ['{ n: any }', '{ n: any }', ''],
  ['{ n: number }', 'any', ' takes any, which proves nothing; expected a parameter of type { n: '],
  ['{ n: number }', 'unknown', ' takes unknown, which proves nothing'],
  ['unknown', 'unknown', ''],
  ['unknown', 'number', ' takes number, but the state of 1.0.0 is unknown'],
  ['Tree', 'Tree', ''],
  ['Readonly<{ n: number }>', '{ n: number }', ''],
  ['Record<string, number>', 'Record<string, string>', ' but the state of 1.0.0 is Record<'],
  ['Record<string, number>', 'Record<string, any>', ': [string] is any, not number'],
  ['{ k: "a"; n: 1 } | { k: "b" }', '{ k: "a"; n: any } | { k: "b" }', ': n is any, not 1'],
  ['{ k: "a"; n: any } | { k: "b" }', '{ k: "b" } | { k: "a"; n: any }', ''],
]

describe('the parameter of codeChange', () => {
  test.each(parameters)('old state %s, parameter %s: %o', (state, parameter, fault) => {
    const tree = 'type Tree = { leaf: number; branches: Tree[] }\n'
    const older = v1(`  init: (): ${state} => null!,`) + tree
    const newer = v2(`  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: ${parameter}) => (void old, { total: 0 }) },`)
    const messages = said(check(root, older, newer + tree))
    if (fault === '') expect(messages).toEqual([])
    else {
      expect(messages).toHaveLength(1)
      expect(messages[0]).toMatch(/^5: codeChange\['1\.0\.0'\] takes /)
      expect(messages[0]).toContain(fault)
    }
  })
})

const migrations: readonly Case[] = [
  {
    name: 'a parameter without a type',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old) => ({ total: Number(old) }) },`,
    fault: "5: codeChange['1.0.0'] takes never, which proves nothing; expected a parameter of type",
  },
  {
    name: 'no parameter: it starts anew',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': () => ({ total: 0 }) },`,
  },
  {
    name: 'no way from the older version: the plan refuses it, or composes one',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.5.0': (old: { other: string }) => ({ total: old.other.length }) },`,
  },
  {
    name: 'a result of another type',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: { count: number }) => ({ total: String(old.count) }) },`,
    fault:
      "5: codeChange['1.0.0'] returns { total: string; }, but the state of 2.0.0 is { total: number; }: total is string, not number",
  },
  {
    name: 'a result that lacks a field',
    newer: `  init: () => ({ total: 0, changes: 0 }),
  codeChange: { '1.0.0': (old: { count: number }) => ({ total: old.count }) },`,
    fault: 'changes',
  },
  {
    name: 'an async codeChange',
    newer: `  init: async () => ({ total: 0 }),
  codeChange: { '1.0.0': async (old: { count: number }) => Promise.resolve({ total: old.count }) },`,
  },
  {
    name: 'a function with a name',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': migrate },
})
function migrate(old: { count: number; name: string }): { total: number } {
  return { total: old.count + old.name.length }
}
void ({`,
    fault:
      "5: codeChange['1.0.0'] takes { count: number; name: string; }, but the state of 1.0.0 is",
  },
  {
    name: 'a method',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0'(old: { count: 1 }) { return { total: old.count } } },`,
    fault: ': count is 1, not number',
  },
  {
    name: "'unchanged' of the same state",
    newer: `  init: () => ({ count: 1 }),
  codeChange: { '1.0.0': 'unchanged' },`,
  },
  {
    name: "'unchanged' of another state",
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': 'unchanged' },`,
    fault:
      "5: codeChange['1.0.0'] is 'unchanged', but the state of 1.0.0 is { count: number; } and that of 2.0.0 is { total: number; }: count should not be there",
  },
  {
    name: 'a table of steps whose types are forgotten',
    newer: `  init: () => ({ total: 0 }),
  codeChange: steps,
})
declare const steps: Record<string, 'unchanged'>
void ({`,
    fault: '5: the types of codeChange cannot be read',
  },
  {
    name: 'a downgrade',
    newer: `  init: () => ({ total: 0 }),
  downgrade: { '1.0.0': (state) => ({ count: state.total }) },`,
  },
  {
    name: 'an async downgrade',
    newer: `  init: () => ({ total: 0 }),
  downgrade: { '1.0.0': async (state) => Promise.resolve({ count: state.total }) },`,
  },
  {
    name: 'a downgrade to another state',
    newer: `  init: () => ({ total: 0 }),
  downgrade: { '1.0.0': (state) => ({ count: String(state.total) }) },`,
    fault:
      "5: downgrade['1.0.0'] returns { count: string; }, but the state of 1.0.0 is { count: number; }: count is string, not number",
  },
  {
    name: 'a downgrade that hands over more than the older version knows',
    newer: `  init: () => ({ total: 0 }),
  downgrade: { '1.0.0': (state) => ({ count: state.total, total: state.total }) },`,
    fault: ': total should not be there',
  },
  {
    name: 'a downgrade that takes less than there is',
    newer: `  init: () => ({ total: 0, changes: 0 }),
  downgrade: { '1.0.0': (state: { total: number }) => ({ count: state.total }) },`,
    fault: "5: downgrade['1.0.0'] takes { total: number; }, but the state of 2.0.0 is",
  },
  {
    name: 'a downgrade to any',
    newer: `  init: () => ({ total: 0 }),
  downgrade: { '1.0.0': (state) => JSON.parse(String(state.total)) },`,
    fault: "5: downgrade['1.0.0'] returns any, but the state of 1.0.0 is { count: number; }",
  },
  {
    name: 'an async init',
    older: '  init: async () => Promise.resolve({ count: 0 }),',
    newer: `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: { count: number }) => ({ total: old.count }) },`,
  },
]

describe('migrations', () => {
  test.each(migrations)('$name', (each) => verify(root, each))
})

/** Type of a result, the state of the newer version, and what is said: nothing when the one proves to be the other. */
const results: readonly (readonly [result: string, state: string, fault: string])[] = [
  ['any', '{ n: number }', 'returns any, but the state of 2.0.0 is { n: number; }'],
  ['Promise<any>', '{ n: number }', 'returns any, but'],
  ['{ n: any }', '{ n: number }', ': n is any, not number'],
  ['{ n: { m: any }[] }', '{ n: { m: number }[] }', ': n[].m is any, not number'],
  ['Map<string, any>', 'Map<string, number>', ': <V> is any, not number'],
  ['{ n: any } | null', '{ n: number } | null', ': n is any, not number'],
  ['{ k: "a"; n: any } | { k: "b" }', '{ k: "a"; n: 1 } | { k: "b" }', ': n is any, not 1'],
  ['{ n: any }', '{ n: number } | { n: string }', ': n is any, not '],
  ['Record<string, any>', 'Record<string, number>', ': [string] is any, not number'],
  ['{ a: any }', 'Record<string, number>', ': a is any, not number'],
  ['any', 'any', ''],
  ['any', 'unknown', ''],
  ['{ n: any }', '{ n: any }', ''],
  ['{ n: any; m: 1 }', '{ n: any; m: number }', ''],
  ['{ n: any }', '{ n: number } | { n: any }', ''],
  ['{ n: 1; more: any }', '{ n: number }', ''],
  ['Tree', '{ leaf: number; branches: Tree[] }', ''],
]

describe('the result of codeChange', () => {
  test.each(results)('result %s, new state %s: %o', (result, state, fault) => {
    const tree = 'type Tree = { leaf: number; branches: Tree[] }\n'
    const newer = v2(`  init: (): ${state} => null!,
  codeChange: { '1.0.0': (old: { count: number }): ${result} => old as never },`)
    const messages = said(check(root, counter, newer + tree))
    expect(messages).toEqual(fault === '' ? [] : [expect.stringContaining(fault)])
  })
})

describe('an edit under the same label', () => {
  test.each([
    ['{ n: number }', '{ n: number }', '', ''],
    ['{ n: number }', '{ n: string }', '', ': n is string, not number'],
    ['{ n: number }', '{ n: number; m?: 1 }', '', ': m should not be there'],
    [
      '{ n: number }',
      '{ m: number }',
      `codeChange: { '1.0.0': (old: { n: number }) => ({ m: old.n }) },`,
      '',
    ],
    [
      '{ n: number }',
      '{ m: number }',
      `codeChange: { '1.0.0': (old: { n: string }) => ({ m: +old.n }) },`,
      ': n is string',
    ],
  ])('old state %s, new state %s, %s: %o', (state, next, change, fault) => {
    const older = v1(`  init: (): ${state} => null!,`)
    const newer = v1(`  init: (): ${next} => null!,\n${change}`)
    const messages = said(check(root, older, newer))
    expect(messages).toEqual(fault === '' ? [] : [expect.stringContaining(fault)])
  })
})
