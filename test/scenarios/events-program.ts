import type { Code, EventIterable, LoadOptions, Runtime } from 'moult'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

interface State {
  count: number
}

/** A program that emits what it is told. */
export interface Program {
  readonly version: string
  readonly init: (args?: { readonly fails?: boolean }) => State
  readonly emits: { readonly moved: StandardSchemaV1; readonly checked: StandardSchemaV1<string> }
  readonly calls: {
    /** Emits events, each a name and what follows it. Replies with the number of this call. */
    readonly emit: (state: State, events: readonly (readonly unknown[])[]) => number
    /** Emits `moved` with 0, 1, … */
    readonly burst: (state: State, count: number) => void
    /** Emits `moved` with what it makes of the text of an expression. */
    readonly evaluated: (state: State, expression: string) => void
    /** Emits `moved` before and behind a gate, with the version that does. */
    readonly wait: (
      state: State,
      how: { readonly gate: string; readonly letGo?: boolean },
    ) => Promise<string>
    /** Emits `moved` once it has left. Replies at once. */
    readonly stray: (state: State, gate: string) => void
    readonly die: (state: State) => void
  }
  readonly casts: { readonly tell: (state: State, data: unknown) => void }
}

/** The source of a version. `extra` are further fields. */
export function program(version: string, extra = '', emits = 'moved: event(), checked'): string {
  return `import { event } from 'moult'
const issue = { message: 'a text' }
const checked = { '~standard': { version: 1, vendor: 'test', validate: (value) =>
  value === 'later' ? Promise.resolve({ value })
    : typeof value === 'string' ? { value: value.trim() } : { issues: [issue] } } }
export default {
  version: '${version}',
  emits: { ${emits} },
  init: (args, { emit }) => {
    emit('moved', 'init of ${version}')
    if (args?.fails) throw new Error('init fails')
    return { count: 0 }
  },
  calls: {
    emit: (state, events, { emit }) => {
      for (const each of events) emit(...each)
      return ++state.count
    },
    burst: (_state, count, { emit }) => { for (let at = 0; at < count; at++) emit('moved', at) },
    evaluated: (_state, expression, { emit }) => emit('moved', eval('(' + expression + ')')),
    wait: async (_state, { gate, letGo }, context) => {
      if (letGo) context.letGo()
      context.emit('moved', 'before, ${version}')
      await context.services.gates.pass(gate)
      context.emit('moved', 'behind, ${version}')
      return '${version}'
    },
    stray: (_state, gate, { emit, services, log }) => {
      services.gates.pass(gate).then(() => emit('moved', 'stray')).catch((error) => {
        services.gates.pass(error.code)
      })
    },
    die: (_state, _none, { emit }) => {
      emit('moved', 'dies')
      setTimeout(() => process.exit(3), 5)
      return new Promise(() => undefined)
    },
  },
  casts: { tell: (_state, data, { emit }) => emit('moved', data) },
  ${extra}
}`
}

/** Fields of a version that takes over from version 1, and gives back. */
export const bothWays = `codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' },`

export interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly gates: TestGates
  readonly root: string
}

/** A runtime that has loaded version 1, beside further files. */
export async function loaded(
  files: Record<string, string> = {},
  isolates: LoadOptions['isolates'] = 'per-process',
): Promise<World> {
  const root = await newProject({ 'v1.js': program('1'), ...files })
  const gates = new TestGates()
  const runtime = await testRuntime({ services: gates.services, exitGraceMs: 500 })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
  return { runtime, code, gates, root }
}

/** Reads events until there are so many. */
export async function read(events: EventIterable<unknown>, count: number): Promise<unknown[]> {
  const all: unknown[] = []
  while (all.length < count) {
    const { done, value } = (await events.next()) as IteratorResult<unknown, undefined>
    if (done === true) break
    all.push(value)
  }
  return all
}
