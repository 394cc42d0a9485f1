import path from 'node:path'
import type { AnyDefinition } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface Program extends AnyDefinition {
  readonly init: () => object
  readonly calls: Readonly<Record<string, (state: never, payload: unknown) => unknown>>
}

const program = `const own = () => { const error = new Error('own'); error.cause = { error }; return error }
const told = (error) => ({ code: error.code, path: error.path })
export default {
  version: '1.0.0',
  init: () => ({}),
  concurrency: 2,
  calls: {
    echo: (state, value) => value,
    reply: () => own(),
    throws: () => { throw own() },
    send: (state, payload, { call, self }) => call(self.id, 'echo', [own()]).catch(told),
    lend: (state, payload, { services }) => services.own.take(own()).catch(told),
    lent: (state, payload, { services }) => services.own.give().catch(told),
    keep: (state) => { state.error = own() },
  },
}
`

function own(): Error {
  const error = new Error('own')
  error.cause = { error }
  return error
}

/** V8 writes an error that is in its own cause, and cannot read it: what was posted with it would be lost. */
test('an error that is in its own cause fails alone, with its path; what came with it arrives', async () => {
  const root = await newProject({
    'v1.mjs': program,
    'v2.mjs': program.replace("'1.0.0'", "'2.0.0', codeChange: { '1.0.0': 'unchanged' }"),
  })
  const services = { own: { take: () => 1, give: () => own() } }
  const runtime = await testRuntime({ services } as object)
  const code = await runtime.load<Program>(path.join(root, 'v1.mjs'))
  const ref = await code.spawn()
  const calls = ['echo', 'reply', 'throws', 'send', 'lend', 'lent'].map((name) => {
    return ref.call(name, 'before')
  })
  const results = await Promise.allSettled([...calls, ref.call('echo', own()), ref.call('echo', 1)])
  expect(results).toMatchObject([
    { value: 'before' },
    { reason: { code: 'UNCLONEABLE_REPLY', path: 'reply.cause' } },
    { reason: { message: 'own' } },
    { value: { code: 'UNCLONEABLE_ARGUMENT', path: 'payload[0].cause' } },
    { value: { code: 'UNCLONEABLE_ARGUMENT', path: 'services.own.take: arguments[0].cause' } },
    { value: { code: 'UNCLONEABLE_REPLY', path: 'services.own.give: result.cause' } },
    { reason: { code: 'UNCLONEABLE_ARGUMENT', path: 'payload.cause' } },
    { value: 1 },
  ])
  await ref.call('keep', undefined)
  expect(await rejection(code.upgrade(path.join(root, 'v2.mjs')))).toMatchObject({
    code: 'UNCLONEABLE_STATE',
    path: 'state.error.cause',
  })
  expect(ref.version).toBe('1.0.0')
})
