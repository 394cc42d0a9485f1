import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TableChanges } from '../../../src/protocol/definition/table-changes.ts'
import { TABLE } from '../../../src/protocol/definition/table-mark.ts'
import { Table, table } from '../../../src/protocol/definition/table.ts'
import { TableTarget } from '../../../workers/tables/table-target.ts'

type Step =
  | { readonly kind: 'set' | 'update' | 'delete' | 'again'; readonly key: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'chunk'; readonly max: number }

const key = fc.integer({ min: 0, max: 12 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('set', 'update', 'delete', 'again'), key }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('chunk'), max: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' }) },
)

/** One operation on the table and on the Map that it should be like. */
function apply(
  source: Table<number, string>,
  model: Map<number, string>,
  each: Step,
  value: string,
): void {
  if (each.kind === 'clear') {
    source.clear()
    model.clear()
  } else if (each.kind === 'delete') {
    expect(source.delete(each.key)).toBe(model.delete(each.key))
  } else if (each.kind === 'again') {
    source.delete(each.key)
    source.set(each.key, value)
    model.delete(each.key)
    model.set(each.key, value)
  } else if (each.kind === 'update') {
    const longer = (before: string | undefined): string => `${before ?? ''}${value}`
    source.update(each.key, longer)
    model.set(each.key, longer(model.get(each.key)))
  } else if (each.kind === 'set') {
    source.set(each.key, value)
    model.set(each.key, value)
  }
}

/** Copies a table in chunks while it is in use, as an upgrade does. */
function copyWhile(
  source: Table<number, string>,
  steps: readonly Step[],
  work: (each: Step, value: string) => void,
): [number, string][] {
  const changes = new TableChanges('cities', source[TABLE]())
  let copy = new Table<number, string>()
  let target = new TableTarget(copy)
  const send = (max: number): boolean => {
    const chunk = changes.take(max)
    if (chunk?.kind === 'begin') {
      copy = new Table()
      target = new TableTarget(copy)
    }
    if (chunk !== undefined) target.apply(structuredClone(chunk))
    return chunk !== undefined
  }
  steps.forEach((each, index) => {
    if (each.kind === 'chunk') send(each.max)
    else work(each, String(index))
  })
  while (send(Infinity));
  changes.end()
  return [...copy]
}

test('what is copied in chunks while it is in use has the records of a Map, in its order', () => {
  const entries = fc.array(fc.tuple(key, fc.string()), { maxLength: 12 })
  fc.assert(
    fc.property(entries, fc.array(step, { maxLength: 60 }), (start, steps) => {
      const source = table(start)
      const model = new Map(start)
      const copied = copyWhile(source, steps, (each, value) => apply(source, model, each, value))
      expect([...source]).toEqual([...model])
      expect(copied).toEqual([...model])
      expect(source.size).toBe(model.size)
    }),
    { numRuns: 3000 },
  )
})

test('what the target keeps is what was not sent twice: the last chunk is of the changes alone', () => {
  const source = table<number, string>(Array.from({ length: 1000 }, (_, at) => [at, 'first']))
  const changes = new TableChanges('cities', source[TABLE]())
  while (changes.take(100));
  source.set(7, 'second').set(1000, 'new')
  source.delete(8)
  expect(changes.noted).toBe(3)
  expect(changes.take(Infinity)).toMatchObject({
    kind: 'more',
    deleted: [8],
    added: { keys: [7, 1000], values: ['second', 'new'] },
  })
  expect(changes.take(Infinity)).toBeUndefined()
})
