import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

interface Program {
  readonly version: string
  readonly init: () => object
  readonly calls: {
    readonly put: (state: object, what: 'money' | 'other' | 'promise' | 'nothing') => string
    readonly late: (state: object) => Promise<string>
  }
  readonly casts: { readonly spoil: (state: object) => void }
}

const program = `
  class Money { cents = 1 }
  class Other { n = 1 }
  const made = { money: () => new Money(), other: () => [new Other()], promise: () => Promise.resolve(1), nothing: () => undefined }
  export default {
    version: '1',
    classes: { Money },
    init: () => ({}),
    calls: {
      put: (state, what) => { state.field = made[what](); return what },
      late: async (state) => { await null; state.field = { on: () => 1 }; return 'late' },
    },
    casts: { spoil: (state) => { state.field = new Other() } },
  }`

test.each(['per-process', 2] as const)(
  'where it is asked for, a state is looked at after each handler (%s)',
  async (isolates) => {
    const root = await newProject({ 'v1.js': program })
    const runtime = await testRuntime({ checkStates: true })
    const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
    const ref = await code.spawn({ name: 'checked' })
    expect(await ref.call('put', 'money')).toBe('money')
    const refused = { code: 'UNCLONEABLE_STATE' }
    const at = (path: string, received: string) => ({ ...refused, path, received })
    await expect(ref.call('put', 'other')).rejects.toMatchObject(
      at('state.field[0]', 'an instance of Other'),
    )
    await expect(ref.call('put', 'promise')).rejects.toMatchObject(
      at('state.field', 'an instance of Promise'),
    )
    await expect(ref.call('late')).rejects.toMatchObject(at('state.field.on', "a function 'on'"))
    const failed = new Promise((resolve) => runtime.once('castFailed', resolve))
    ref.cast('spoil')
    expect(await failed).toMatchObject({ name: 'spoil', error: refused })
    expect(await ref.call('put', 'nothing')).toBe('nothing')
  },
)

test('where it is not, the handler is not held up', async () => {
  const root = await newProject({ 'v1.js': program })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const ref = await code.spawn()
  expect(await ref.call('put', 'other')).toBe('other')
})
