import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { deserialise, serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import type { Shape, StateShape } from '../../../src/protocol/jobs/state-shape.ts'
import { isSame } from '../../../workers/search/sameness.ts'
import { fits } from '../../../workers/search/shape-fit.ts'
import { StateArbitrary } from '../../../workers/search/state-arbitrary.ts'
import { anyShape } from './any-shape.ts'

const alone = (root: Shape): StateShape => ({ root, named: {} })

function statesOf(shape: StateShape, samples: readonly unknown[] = []): StateArbitrary {
  return new StateArbitrary(shape, samples)
}

/** Where shrinking ends when every state that `fails` is a failure. */
function smallest(
  states: StateArbitrary,
  state: unknown,
  fails = (each: unknown): boolean => each !== smallest,
): unknown {
  for (let current = state, steps = 0; ; steps++) {
    if (steps > 10_000) throw new Error('shrinking does not end')
    const next = states
      .shrink(current)
      .filter(({ value }) => fails(value))
      .next()
    if (next.done === true) return current
    current = next.value.value
  }
}

describe('states of a shape', () => {
  test('fit it, whatever it is', () => {
    let made = 0
    fc.assert(
      fc.property(anyShape, fc.integer(), (shape, seed) => {
        const states = statesOf(shape)
        fc.pre(states.makesUp)
        for (const state of fc.sample(states, { seed, numRuns: 5 })) {
          made++
          if (!fits(state, shape.root, shape.named)) expect(state).toBe('of the shape')
        }
      }),
      { numRuns: 500 },
    )
    expect(made).toBe(2500)
  })

  test('are data, and the same for the same seed', () => {
    fc.assert(
      fc.property(anyShape, fc.integer(), (shape, seed) => {
        const states = statesOf(shape)
        fc.pre(states.makesUp)
        const made = fc.sample(states, { seed, numRuns: 3 })
        const again = fc.sample(statesOf(shape), { seed, numRuns: 3 })
        expect(isSame(made, again)).toBe(true)
        expect(isSame(deserialise(serialise(made)), made)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('are not made where there are none: a function, what never ends', () => {
    const never: Shape = { kind: 'none', text: '() => void' }
    const endless: Shape = {
      kind: 'object',
      fields: [{ name: 'next', shape: { kind: 'named', name: 'endless' }, isOptional: false }],
    }
    expect(statesOf(alone(never)).canMake).toBe(false)
    expect(statesOf({ root: endless, named: { endless } }).canMake).toBe(false)
    expect(statesOf(alone({ kind: 'array', element: never })).canMake).toBe(true)
    expect(fc.sample(statesOf(alone({ kind: 'array', element: never })), 9)).toEqual(
      Array<unknown>(9).fill([]),
    )
  })

  test('have every variant, and come to an end where they contain themselves', () => {
    const tree: Shape = {
      kind: 'union',
      options: [
        {
          kind: 'object',
          fields: ['left', 'right'].map((name) => {
            return { name, shape: { kind: 'named', name: 'tree' }, isOptional: false }
          }),
        },
        { kind: 'literal', value: 'leaf' },
      ],
    }
    const made = fc.sample(statesOf({ root: tree, named: { tree } }), { seed: 1, numRuns: 100 })
    expect(made).toContain('leaf')
    expect(made.some((each) => typeof each === 'object')).toBe(true)
  })

  test('hold what code breaks on', () => {
    const numbers = fc.sample(statesOf(alone({ kind: 'number' })), { seed: 1, numRuns: 2000 })
    for (const odd of [0, -0, NaN, Infinity]) expect(numbers).toContainEqual(odd)
    expect(numbers.some((each) => (each as number) < 0)).toBe(true)
    expect(numbers.some((each) => !Number.isInteger(each) && Number.isFinite(each))).toBe(true)
    const texts = fc.sample(statesOf(alone({ kind: 'string' })), { seed: 1, numRuns: 500 })
    for (const odd of ['', '__proto__']) expect(texts).toContain(odd)
  })
})

describe('changed samples', () => {
  test('keep to the shape that they have', () => {
    fc.assert(
      fc.property(anyShape, fc.integer(), (shape, seed) => {
        fc.pre(statesOf(shape).makesUp)
        const samples = fc.sample(statesOf(shape), { seed, numRuns: 2 })
        for (const state of fc.sample(statesOf(shape, samples), { seed, numRuns: 10 })) {
          if (!fits(state, shape.root, shape.named)) expect(state).toBe('of the shape')
        }
      }),
      { numRuns: 300 },
    )
  })

  test('leave the samples as they were', () => {
    const sample = { list: [1, 2, 3], map: new Map([['a', { deep: new Set([1]) }]]), text: 'x' }
    const before = structuredClone(sample)
    const states = new StateArbitrary(undefined, [sample])
    const made = fc.sample(states, { seed: 1, numRuns: 200 })
    expect(sample).toStrictEqual(before)
    expect(made.filter((each) => !isDeepStrictEqual(each, sample)).length).toBeGreaterThan(150)
  })

  test('keep to what all samples look like where no shape is known', () => {
    const samples = [
      { id: 1, name: 'one', gone: null },
      { id: 2, gone: new Date(0), note: 'n' },
    ]
    const made = fc.sample(new StateArbitrary(undefined, samples), { seed: 3, numRuns: 400 })
    for (const state of made as Record<string, unknown>[]) {
      expect(typeof state['id']).toBe('number')
      expect(['string', 'undefined']).toContain(typeof state['name'])
      expect(state['gone'] === null || state['gone'] instanceof Date).toBe(true)
    }
    expect(made.some((each) => !Object.hasOwn(each as object, 'note'))).toBe(true)
  })

  test('that do not fit what is said of them are changed all the same', () => {
    const shape = alone({
      kind: 'object',
      fields: [],
      rest: { key: { kind: 'string' }, value: { kind: 'number' } },
    })
    const made = fc.sample(new StateArbitrary(shape, [{ wrong: ['a', 'b'] }]), {
      seed: 1,
      numRuns: 99,
    })
    expect(made.some((each) => Array.isArray((each as { wrong?: unknown }).wrong))).toBe(true)
    expect(made.some((each) => isDeepStrictEqual(each, { wrong: [] }))).toBe(true)
  })

  test('may contain themselves', () => {
    const sample: Record<string, unknown> = { list: [1, 2] }
    sample['self'] = sample
    const states = new StateArbitrary(undefined, [sample])
    const made = fc.sample(states, { seed: 1, numRuns: 50 })
    expect(made).toHaveLength(50)
    expect(() => [...states.shrink(sample)]).not.toThrow()
  })
})

describe('shrinking', () => {
  test('keeps to the shape and comes to an end', () => {
    fc.assert(
      fc.property(anyShape, fc.integer(), (shape, seed) => {
        const states = statesOf(shape)
        fc.pre(states.makesUp)
        const [state] = fc.sample(states, { seed, numRuns: 1 })
        const least = smallest(states, state, (each) => fits(each, shape.root, shape.named))
        expect(fits(least, shape.root, shape.named)).toBe(true)
        for (const { value } of states.shrink(least)) {
          expect(fits(value, shape.root, shape.named)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  test.each<[string, Shape, unknown, unknown]>([
    ['a number', { kind: 'number' }, 1234.5, 0],
    ['a bounded number', { kind: 'number', min: 10, isInteger: true }, 4_711, 10],
    ['a string', { kind: 'string' }, 'ünïcödé 👩‍👩‍👧', ''],
    ['a string of some length', { kind: 'string', minLength: 2 }, '👩‍👩‍👧!', 'aa'],
    ['a bigint', { kind: 'bigint' }, -(2n ** 80n), 0n],
    ['a date', { kind: 'date' }, new Date(NaN), new Date(0)],
    ['bytes', { kind: 'binary', of: 'Uint8Array' }, new Uint8Array([1, 2]), new Uint8Array()],
    [
      'a Map',
      { kind: 'map', key: { kind: 'string' }, value: { kind: 'any' } },
      new Map([['', 1]]),
      new Map(),
    ],
    ['a Set', { kind: 'set', element: { kind: 'number' } }, new Set([1, 2, 3]), new Set()],
    ['JSON', { kind: 'any' }, { a: [1, { b: 'c' }] }, 0],
  ])('brings %s down to the simplest', (_name, shape, from, to) => {
    const least = smallest(statesOf(alone(shape)), from)
    if (shape.kind === 'any') expect([0, false, '', null]).toContain(least)
    else expect(least).toStrictEqual(to)
  })

  test('finds the bound at which a number begins to fail', () => {
    const states = statesOf(alone({ kind: 'number' }))
    expect(smallest(states, 1e9, (each) => (each as number) > 12_345)).toBe(12_346)
    expect(smallest(states, -1e15, (each) => (each as number) < -77)).toBe(-78)
    expect(smallest(states, -Infinity, (each) => (each as number) < 0)).toBe(-1)
  })

  test('prefers null, and the first of an enumeration', () => {
    const options: Shape[] = ['red', 'green', 'blue'].map((value) => ({ kind: 'literal', value }))
    const states = statesOf(
      alone({ kind: 'union', options: [...options, { kind: 'literal', value: null }] }),
    )
    expect(smallest(states, 'green')).toBe(null)
    expect(smallest(states, 'green', (each) => each !== null)).toBe('red')
  })

  test('puts a branch in the place of its tree', () => {
    const tree: Shape = {
      kind: 'object',
      fields: [
        { name: 'value', shape: { kind: 'number' }, isOptional: false },
        {
          name: 'branches',
          shape: { kind: 'array', element: { kind: 'named', name: 'tree' } },
          isOptional: true,
        },
      ],
    }
    const states = statesOf({ root: { kind: 'named', name: 'tree' }, named: { tree } })
    const leaf = { value: 7 }
    const deep = {
      value: 1,
      branches: [{ value: 2 }, { value: 3, branches: [leaf, { value: 4 }] }],
    }
    const has7 = (each: unknown): boolean => JSON.stringify(each).includes('7')
    expect(smallest(states, deep, has7)).toStrictEqual(leaf)
  })

  test('keeps the pair that is at fault, of many', () => {
    const states = statesOf(alone({ kind: 'array', element: { kind: 'number' } }))
    const many = Array.from({ length: 3_000 }, (_, at) => at % 2_000)
    const hasTwice = (each: unknown): boolean => {
      return new Set(each as number[]).size < (each as number[]).length
    }
    expect(smallest(states, many.slice(0, 2_001), hasTwice)).toStrictEqual([0, 0])
  })
})
