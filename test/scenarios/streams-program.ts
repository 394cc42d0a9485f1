import type { Code, LoadOptions, ProcessContext, Runtime, RuntimeOptions } from 'moult'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

interface State {
  made: number
  sum: number
  ended: number
}

/** What is yielded: its number, and the version that made it. */
export interface Made {
  readonly at: number
  readonly by: string
}

type Context = ProcessContext

/** A program with streams. */
export interface Program {
  readonly version: string
  readonly init: () => State
  readonly calls: {
    /** Yields numbers from 0 to before `to`, or on from the last. Passes the gate `item N` where it is among `gates`. */
    readonly count: (state: State, how: Counting, context: Context) => AsyncGenerator<Made, string>
    /** The same, and no version goes on with it. */
    readonly once: (state: State, how: Counting, context: Context) => AsyncGenerator<Made, string>
    /** The same in handlers that let go. */
    readonly letting: (
      state: State,
      how: Counting,
      context: Context,
    ) => AsyncGenerator<Made, string>
    /** Sums what it is given. */
    readonly add: (
      state: State,
      items: AsyncIterable<unknown>,
      context: Context,
    ) => Promise<unknown>
    /** Sums, and no version goes on with it. */
    readonly addOnce: (state: State, items: AsyncIterable<unknown>) => Promise<number>
    /** Yields twice what it is given. */
    readonly twice: (
      state: State,
      items: AsyncIterable<number>,
      context: Context,
    ) => AsyncGenerator<number>
    /** Yields what it makes of the text of an expression, again and again. */
    readonly yields: (state: State, expression: string) => AsyncGenerator
    /** Replies with how the class of what it is given is called, and with its bytes. */
    readonly bytes: (state: State, body: ReadableStream<Uint8Array>) => Promise<[string, number]>
    readonly readable: (state: State, size: number) => ReadableStream<Uint8Array>
    /** Yields so many bytes, moved, and how many it has then. */
    readonly moved: (state: State, size: number, context: Context) => AsyncGenerator
    readonly checked: (state: State, items: readonly unknown[]) => AsyncGenerator
    readonly get: (state: State) => State
    readonly die: (state: State) => void
  }
}

export interface Counting {
  readonly to: number
  readonly gates?: readonly number[]
  readonly fails?: number
  /** Whether the signal is waited for at the end. */
  readonly waits?: boolean
}

/** The source of a version. `extra` are further fields. */
export function program(
  version: string,
  extra = '',
  resumable = "['count', 'add', 'twice']",
): string {
  return `
const turn = () => new Promise(setImmediate)
async function* count(state, { to, gates = [], fails, waits = false }, context) {
  const { resumed, services, self, signal } = context
  try {
    for (let at = resumed === undefined ? 0 : resumed.after.at + 1; at < to; at++) {
      if (at === fails) throw new RangeError('item ' + at)
      if (gates.includes(at)) await services.gates.pass('item ' + at)
      else await turn()
      state.made++
      yield { at, by: self.version }
    }
    if (waits) {
      await services.gates.pass('waiting')
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await services.gates.pass('aborted by ' + signal.reason?.code)
    }
    return 'end of ' + self.version
  } finally {
    await turn()
    state.ended++
  }
}
async function add(state, items, context) {
  for await (const item of items) state.sum += item
  return context?.resumed === undefined ? state.sum : { sum: state.sum, resumed: context.resumed }
}
const issue = { message: 'a text' }
export default {
  version: '${version}',
  init: () => ({ made: 0, sum: 0, ended: 0 }),
  resumable: ${resumable},
  schemas: { calls: { checked: { reply: { '~standard': { version: 1, vendor: 'test', validate: (value) =>
    typeof value === 'string' ? { value: value + '!' } : { issues: [issue] } } } } } },
  calls: {
    count,
    once: count,
    async *letting(state, how, context) {
      context.letGo()
      return yield* count(state, how, context)
    },
    add,
    addOnce: (state, items) => add(state, items),
    async *twice(state, items) {
      for await (const item of items) yield 2 * item
    },
    async *yields(state, expression) {
      for (;;) yield eval(expression)
    },
    async bytes(state, body) {
      let size = 0
      for await (const chunk of body) size += chunk.length
      return [body.constructor.name, size]
    },
    readable: (state, size) => new Blob([new Uint8Array(size)]).stream(),
    async *moved(state, size, { transfer }) {
      const bytes = new Uint8Array(size).fill(7)
      yield transfer(bytes, [bytes.buffer])
      yield bytes.length
    },
    async *checked(state, items) {
      yield* items
    },
    get: (state) => state,
    die: () => process.exit(3),
  },
  ${extra}
}`
}

/** Steps to and from version 1. */
export const bothWays = "codeChange: { '1': 'unchanged' }, downgrade: { '1': 'unchanged' },"

/** A runtime that has loaded a version of the program, and gates of its own. */
export async function loaded(
  files: Readonly<Record<string, string>>,
  isolates: LoadOptions['isolates'],
  { extra = '', ...options }: RuntimeOptions & { readonly extra?: string } = {},
): Promise<{
  readonly code: Code<Program>
  readonly root: string
  readonly gates: TestGates
  readonly runtime: Runtime
}> {
  const root = await newProject({ 'v1.js': program('1', extra), ...files })
  const gates = new TestGates()
  const runtime = await testRuntime({ ...options, services: gates.services })
  const code = await runtime.load<Program>(`${root}/v1.js`, { isolates: isolates ?? 'per-process' })
  return { code, root, gates, runtime }
}

/** All items that come. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const come: Item[] = []
  for await (const item of items) come.push(item)
  return come
}

/** The numbers from 0 on. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

/** What it rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
}
