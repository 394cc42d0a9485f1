import { cloneError, deserialise, serialise } from '../src/protocol/clone-bytes.ts'
import type { Change } from '../src/protocol/definition.ts'
import { MoultError } from '../src/protocol/errors.ts'
import type { FaultDetail, FaultKind } from '../src/protocol/search.ts'
import { differenceOf, tellDifference } from './difference.ts'
import type { SearchedVersion } from './searched-version.ts'
import type { StateSchema } from './state-schema.ts'
import type { LooseChange } from './loose-step.ts'

/** What is wrong with the migration of one state. */
export interface Fault {
  readonly kind: FaultKind
  readonly detail: FaultDetail
}

/** The way of one state from the older version to the newer, and back where there is a way back. */
export class RoundTrip {
  readonly #older: SearchedVersion
  readonly #newer: SearchedVersion
  readonly #codeChange: LooseChange
  readonly #downgrade: LooseChange | undefined

  /** @throws MoultError `NO_MIGRATION` where nothing leads from the older to the newer. */
  constructor(older: SearchedVersion, newer: SearchedVersion) {
    const codeChange = newer.codeChangeFrom(older.label)
    if (codeChange === undefined) throw noMigration(older.label, newer.label)
    this.#older = older
    this.#newer = newer
    this.#codeChange = codeChange
    this.#downgrade = newer.downgradeTo(older.label)
  }

  /** Each fault, in the order in which an upgrade would meet them. None where all is well. */
  async *faultsOf(state: Uint8Array): AsyncGenerator<Fault> {
    const up = await attempt(this.#codeChange, deserialise(state), this.#change(false))
    if ('detail' in up) return yield* one('throws', up.detail)
    const uncloneable = whyUncloneable(up.value)
    if (uncloneable !== undefined) return yield* one('uncloneable', uncloneable)
    const refusal = await refusalOf(this.#newer.schema, up.value)
    if (refusal !== undefined) yield* one('schema', refusal)
    if (this.#downgrade !== undefined) yield* this.#back(this.#downgrade, up.value, state)
  }

  async *#back(downgrade: LooseChange, upper: unknown, state: Uint8Array): AsyncGenerator<Fault> {
    const down = await attempt(downgrade, upper, this.#change(true))
    if ('detail' in down) return yield* one('downgrade-throws', down.detail)
    const uncloneable = whyUncloneable(down.value)
    if (uncloneable !== undefined) return yield* one('downgrade-uncloneable', uncloneable)
    const refusal = await refusalOf(this.#older.schema, down.value)
    if (refusal !== undefined) yield* one('downgrade-schema', refusal)
    // As it would arrive in the older version: an object without a prototype arrives as any other.
    const arrived = deserialise(serialise(down.value))
    const difference = differenceOf(deserialise(state), arrived, 'state')
    if (difference === undefined) return
    yield* one('there-and-back', { message: tellDifference(difference), paths: [difference.path] })
  }

  #change(isBack: boolean): Change {
    const [from, to] = [this.#older.label, this.#newer.label]
    return isBack ? { from: to, to: from, extra: undefined } : { from, to, extra: undefined }
  }
}

function* one(kind: FaultKind, detail: FaultDetail): Generator<Fault, void> {
  yield { kind, detail }
}

type Outcome = { readonly value: unknown } | { readonly detail: FaultDetail }

async function attempt(change: LooseChange, state: unknown, given: Change): Promise<Outcome> {
  try {
    return { value: await change(state, given) }
  } catch (thrown) {
    if (!(thrown instanceof Error)) return { detail: { message: String(thrown), paths: [] } }
    const { message, stack } = thrown
    return {
      detail: { message, paths: [], ...(stack !== undefined && { stack: usersFrames(stack) }) },
    }
  }
}

/** A stack down to the function that threw and what it was called by in the user's files: below is the search itself. */
function usersFrames(stack: string): string {
  const lines = stack.split('\n')
  const own = lines.findIndex((line) => /[\\/]workers[\\/]round-trip\.[jt]s:/.test(line))
  return lines.slice(0, own < 0 ? lines.length : own).join('\n')
}

function whyUncloneable(state: unknown): FaultDetail | undefined {
  try {
    serialise(state)
    return undefined
  } catch (cause) {
    const { message, path } = cloneError('UNCLONEABLE_STATE', state, 'state', cause)
    return { message, paths: path === undefined ? [] : [path] }
  }
}

async function refusalOf(
  schema: StateSchema | undefined,
  state: unknown,
): Promise<FaultDetail | undefined> {
  const issues = (await schema?.issuesOf(state)) ?? []
  if (issues.length === 0) return undefined
  const message = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
  return { message, paths: issues.map(({ path }) => path) }
}

function noMigration(from: string, to: string): MoultError {
  const expected = `codeChange['${from}'] in ${to}`
  const message = `nothing leads from ${from} to ${to}: ${expected} is missing`
  return new MoultError('NO_MIGRATION', message, { from, to, expected })
}
