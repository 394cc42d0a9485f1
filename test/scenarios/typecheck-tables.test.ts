// @module-tag once
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { defineProcess } from 'moult'
import type { Code, ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { lean, newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { refusalOf } from './refusal.ts'

const get = `  calls: { get: ({ towns }) => JSON.stringify([...towns]) },`

const first = `import { defineProcess, table } from 'moult'
interface City { name: string; people: number }
export default defineProcess({
  version: '1.0.0',
  init: () => ({
    hits: 0,
    cities: table<string, City>([['rome', { name: 'Rome', people: 3 }]]),
  }),
  calls: { get: ({ cities }) => JSON.stringify([...cities]) },
})
`

/** The second version, with the type of its old records, and its way back, in lines 13 and 19. */
const second = (
  people: string,
  back = '({ title, size }) => ({ name: title, people: size })',
): string =>
  `import { defineProcess, table } from 'moult'
interface City { name: string; people: ${people} }
interface Town { title: string; size: number }
export default defineProcess({
  version: '2.0.0',
  init: () => ({
    hits: '',
    towns: table<string, Town>(),
  }),
  codeChange: {
    '1.0.0': {
      tables: {
        cities: { towns: (city: City) => ({ title: city.name, size: Number(city.people) }) },
      },
      state: ({ hits }: { hits: number }) => ({ hits: String(hits) }),
    },
  },
  downgrade: {
    '1.0.0': { tables: { towns: { cities: ${back} } }, state: ({ hits }) => ({ hits: Number(hits) }) },
  },
${get}
})
`

const third = (size: string): string =>
  `import { defineProcess, table } from 'moult'
export default defineProcess({
  version: '3.0.0',
  init: () => ({ hits: '', towns: table<string, { title: string; size: number; isBig: boolean }>() }),
  codeChange: {
    '2.0.0': {
      tables: {
        towns: (town: { title: string; size: ${size} }) => ({ ...town, isBig: Number(town.size) > 1 }),
      },
    },
  },
  downgrade: { '2.0.0': { tables: { towns: ({ title, size }) => ({ title, size }) } } },
${get}
})
`

/** What callers know of all the programs. */
export const shape = defineProcess({ version: '1.0.0', init: () => ({}), calls: { get: () => '' } })
type Shape = typeof shape

interface Running {
  readonly code: Code<Shape>
  readonly ref: ProcessRef<Shape>
  readonly file: (name: string) => string
}

/** A process of the first version, `v1.ts`, in a new project. */
async function running(files: Record<string, string> = {}): Promise<Running> {
  const root = await newProject({ ...lean, 'v1.ts': first, ...files })
  const file = (name: string): string => path.join(root, name)
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(file('v1.ts'))
  return { code, ref: await code.spawn(), file }
}

const rome = '[["rome",{"name":"Rome","people":3}]]'
const options = { typecheck: true }

test('records are checked against those that the older version holds, though its file was edited in place', async () => {
  const { code, ref, file } = await running()
  const edited = file('v1.ts')
  await writeFile(edited, second('string'))
  const error = await refusalOf(code.upgrade(edited, options))
  expect(error).toMatchObject({
    code: 'TYPES_DO_NOT_FIT',
    phase: 'typecheck',
    file: edited,
    line: 13,
    column: 19,
  })
  expect(error.message).toContain(
    "codeChange['1.0.0'].tables.cities.towns takes { name: string; people: string; }, but the records of state.cities in 1.0.0 are { name: string; people: number; }: people is string, not number",
  )
  expect(error.message).toMatch(/^> 13 \| {9}cities: \{ towns: \(city: City\)/m)
  expect([ref.version, await ref.call('get')]).toEqual(['1.0.0', rome])

  await writeFile(edited, second('number'))
  const { phases } = await code.upgrade(edited, options)
  expect(phases.typecheck).toBeGreaterThan(0)
  expect(await ref.call('get')).toBe('[["rome",{"title":"Rome","size":3}]]')
  await code.downgrade('1.0.0')
  expect(await ref.call('get')).toBe(rome)
})

test('the way back is checked before the way there is gone', async () => {
  const back = '({ title }) => ({ name: title, people: title })'
  const { code, ref, file } = await running({ 'v2.ts': second('number', back) })
  const error = await refusalOf(code.upgrade(file('v2.ts'), options))
  expect(error).toMatchObject({
    code: 'TYPES_DO_NOT_FIT',
    file: file('v2.ts'),
    line: 19,
    column: 35,
  })
  expect(error.message).toContain(
    "downgrade['1.0.0'].tables.towns.cities returns { name: string; people: string; }, but the records of state.cities in 1.0.0 are City: people is string, not number",
  )
  expect(ref.version).toBe('1.0.0')
})

test('each step of a composed way is checked', async () => {
  const { code, ref, file } = await running({
    'v2.ts': second('number'),
    'wrong.ts': third('string'),
    'v3.ts': third('number'),
  })
  await code.load(file('v2.ts'))
  const error = await refusalOf(code.upgrade(file('wrong.ts'), options))
  const [from, to] = ['2.0.0', '3.0.0']
  expect(error).toMatchObject({
    code: 'TYPES_DO_NOT_FIT',
    from,
    to,
    file: file('wrong.ts'),
    line: 8,
  })
  expect(await ref.call('get')).toBe(rome)

  await code.upgrade(file('v3.ts'), options)
  expect(await ref.call('get')).toBe('[["rome",{"title":"Rome","size":3,"isBig":true}]]')
  await code.downgrade('1.0.0')
  expect(await ref.call('get')).toBe(rome)
})
