// @module-tag once
import { beforeAll, expect, test } from 'vitest'
import { check, project, said } from '../../support/typecheck.ts'

let root = ''

beforeAll(async () => {
  root = await project()
})

const version = (
  label: string,
  emits: string,
): string => `import { defineProcess, event } from 'moult'
import type { StandardSchemaV1 } from './schema.ts'
export default defineProcess({
  version: '${label}',
  emits: { ${emits} },
  init: () => ({ count: 0 }),
})
`

const schema = `
interface Types<Input, Output> { readonly input: Input; readonly output: Output }
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => { readonly value: Output; readonly issues?: undefined }
    readonly types?: Types<Input, Output> | undefined
  }
}
`

const sourcesOf = (label: string, emits: string): Record<string, string> => ({
  'main.ts': version(label, emits),
  'schema.ts': schema,
})

test.each([
  ['the same', 'moved: event<{ x: number }>()', 'moved: event<{ x: number }>()', undefined],
  [
    'data of another type',
    'moved: event<{ x: number }>()',
    'moved: event<{ x: string }>()',
    '5: event "moved" tells { x: string; }, but listeners of 1.0.0 expect { x: number; }',
  ],
  [
    'a field more',
    'moved: event<{ x: number }>()',
    'moved: event<{ x: number; y: number }>()',
    undefined,
  ],
  [
    'a wider type',
    'moved: event<number>()',
    'moved: event<number | undefined>()',
    '5: event "moved" tells number | undefined, but listeners of 1.0.0 expect number',
  ],
  [
    'data is new',
    'moved: event()',
    'moved: event<string>()',
    'listeners of 1.0.0 expect undefined',
  ],
  ['an event is new', 'moved: event()', 'moved: event(), over: event<number>()', undefined],
  ['one is gone, as the plan says', 'moved: event(), over: event()', 'moved: event()', undefined],
  [
    'the output of a schema, whose input differs',
    'moved: event<number>()',
    'moved: null! as StandardSchemaV1<string, number>',
    undefined,
  ],
  [
    'the output of a schema',
    'moved: null! as StandardSchemaV1<string, number>',
    'moved: event<string>()',
    '5: event "moved" tells string, but listeners of 1.0.0 expect number',
  ],
])('%s', (_name, older, newer, fault) => {
  const faults = said(check(root, sourcesOf('1.0.0', older), sourcesOf('2.0.0', newer)))
  expect(faults).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)])
})
