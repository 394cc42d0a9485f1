import path from 'node:path'
import type { Code, LoadOptions, ProcessContext, Runtime, RuntimeOptions } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

interface State {
  log: string[]
}

/** What the programs of these tests have in common. What they take is not typed, for it is the schemas that are tested. */
export interface Program {
  readonly version: string
  readonly init: (args: object | undefined, context: ProcessContext) => State
  readonly calls: {
    /** Notes its payload as `version:payload`, and replies with it. */
    readonly number: (state: State, payload: unknown) => unknown
    /** Waits at the gate of that name. */
    readonly wait: (state: State, gate: string) => Promise<void>
    readonly log: (state: State) => string[]
    readonly die: (state: State) => void
    /** Notes how many bytes it was given. */
    readonly bytes: (state: State, bytes: Uint8Array) => number
    /** Asks another process for a number. */
    readonly relay: (state: State, to: string, context: ProcessContext) => Promise<unknown>
    readonly step: (state: State, text: string) => string
  }
  readonly casts: { readonly put: (state: State, payload: unknown) => void }
}

/** What one version has beside that, as JavaScript. `is`, `later` and `never` make schemas. */
export interface Parts {
  /** Fields of the definition. */
  readonly fields?: string
  /** Further calls and casts. */
  readonly calls?: string
  readonly casts?: string
  /** What is at the top of the file. */
  readonly top?: string
}

const lib = `
const schema = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } })
const judge = (fits, value) => (fits(value) ? { value } : { issues: [{ message: 'what fits' }] })
export const is = (fits) => schema((value) => judge(fits, value))
export const later = (fits) => schema(async (value) => {
  await new Promise((resolve) => setTimeout(resolve, 1))
  return judge(fits, value)
})
export const never = schema(() => new Promise(() => undefined))
`

/** The source of a version. */
export function source(
  version: string,
  { fields = '', calls = '', casts = '', top = '' }: Parts = {},
): string {
  return `import { is, later, never } from './lib.js'
${top}
const note = (state, payload) => {
  state.log.push('${version}:' + (typeof payload === 'object' ? JSON.stringify(payload) : payload))
  return payload
}
export default {
  version: '${version}',
  init: (args) => ({ log: [], ...args }),
  calls: {
    number: note,
    wait: async (_state, gate, { services }) => services.gates.pass(gate),
    log: (state) => state.log,
    die: () => process.exit(3),
    bytes: (_state, bytes) => bytes.byteLength,
    relay: (_state, to, context) => context.call(to, 'number', 'not a number'),
    step: (state, text, context) => (context.upgradeSelf(), note(state, text), '${version}'),
    ${calls}
  },
  casts: { put: note, ${casts} },
  ${fields}
}
`
}

/** A runtime that has loaded version 1 of a project with these versions. */
export interface World {
  readonly runtime: Runtime
  readonly code: Code<Program>
  readonly gates: TestGates
  /** The file of a version. */
  readonly file: (version: number) => string
}

/** Makes a project of versions 1, 2, … and loads the first. */
export async function world(
  versions: readonly Parts[],
  options: RuntimeOptions = {},
  gates = new TestGates(),
  load: LoadOptions = {},
): Promise<World> {
  const sources = versions.map((parts, index) => {
    return [`v${index + 1}.js`, source(String(index + 1), parts)] as const
  })
  const root = await newProject({ 'lib.js': lib, ...Object.fromEntries(sources) })
  const file = (version: number): string => path.join(root, `v${version}.js`)
  const runtime = await testRuntime({ services: gates.services, exitGraceMs: 100, ...options })
  return { runtime, gates, file, code: await runtime.load<Program>(file(1), load) }
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}
