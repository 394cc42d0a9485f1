import fc from 'fast-check'
import { binaryNames } from '../../../src/protocol/jobs/state-shape.ts'
import type { Shape, StateShape } from '../../../src/protocol/jobs/state-shape.ts'

const leaf: fc.Arbitrary<Shape> = fc.oneof(
  fc.constantFrom<Shape>(
    { kind: 'any' },
    { kind: 'boolean' },
    { kind: 'bigint' },
    { kind: 'date' },
    { kind: 'regexp' },
    { kind: 'number' },
    { kind: 'number', isInteger: true, min: -3, max: 12 },
    { kind: 'number', isFinite: true },
    { kind: 'number', isFinite: true, min: 0.25 },
    { kind: 'string' },
    { kind: 'string', minLength: 2, maxLength: 5 },
    { kind: 'string', pattern: '^[a-c]{2}-\\d+$' },
    { kind: 'string', format: 'date-time' },
  ),
  fc.constantFrom(...binaryNames).map((of): Shape => ({ kind: 'binary', of })),
  fc
    .constantFrom(null, undefined, true, 0, -0, 7, 'red', 'green', 12n)
    .map((value): Shape => ({ kind: 'literal', value })),
)

const fieldName = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'two words', '0')
const key: Shape = { kind: 'string' }

/** Shapes of all kinds within each other, some that lead back to the root. */
export const anyShape: fc.Arbitrary<StateShape> = fc
  .letrec<{ shape: Shape }>((tie) => {
    const part = fc.oneof(
      { weight: 8, arbitrary: tie('shape') },
      { weight: 1, arbitrary: fc.constant<Shape>({ kind: 'named', name: 'root' }) },
      { weight: 1, arbitrary: fc.constant<Shape>({ kind: 'none', text: '() => void' }) },
    )
    const field = fc.record({ name: fieldName, shape: part, isOptional: fc.boolean() })
    const fields = fc.uniqueArray(field, { maxLength: 4, selector: ({ name }) => name })
    return {
      shape: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        part.map((element): Shape => ({ kind: 'array', element })),
        part.map((element): Shape => ({ kind: 'array', element, minLength: 1, maxLength: 3 })),
        part.map((element): Shape => ({ kind: 'set', element })),
        fc.tuple(part, part).map(([name, value]): Shape => ({ kind: 'map', key: name, value })),
        fc.tuple(fc.array(part, { maxLength: 3 }), fc.nat(3)).map(([elements, required]): Shape => {
          return { kind: 'tuple', elements, required: Math.min(required, elements.length) }
        }),
        fc.tuple(part, part).map(([one, rest]): Shape => {
          return { kind: 'tuple', elements: [one], required: 1, rest }
        }),
        fields.map((each): Shape => ({ kind: 'object', fields: each })),
        tie('shape').map((value): Shape => ({ kind: 'object', fields: [], rest: { key, value } })),
        fc
          .array(part, { minLength: 1, maxLength: 3 })
          .map((options): Shape => ({ kind: 'union', options })),
      ),
    }
  })
  .shape.map((root) => ({ root, named: { root } }))
