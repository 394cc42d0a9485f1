import { fileURLToPath } from 'node:url'
import { deserialise } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError, isMoultError } from '../../src/protocol/errors.ts'
import { unchanged } from '../../src/protocol/wire/migration.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import type { FaultDetail, FaultKind } from '../../src/protocol/jobs/search.ts'
import { importedState } from '../state/importing.ts'
import { exportState } from '../state/exporting.ts'
import { differenceOf, tellDifference } from './difference.ts'
import type { SearchedVersion } from './searched-version.ts'
import { packState } from '../state/state-bytes.ts'
import type { StateSchema } from './state-schema.ts'
import { handedWith } from './table-maps.ts'
import { decodeState, withMaps } from '../tables/table-state.ts'

/** A fault in the migration of one state. */
export interface Fault {
  readonly kind: FaultKind
  readonly detail: FaultDetail
}

/** Takes one state from the older version to the newer, as an upgrade would, and back if there is a `downgrade`. */
export class RoundTrip {
  /** Names of the fields of the older state that are tables. Tried states have Maps there. */
  readonly tables: readonly string[]
  readonly #older: SearchedVersion
  readonly #newer: SearchedVersion
  readonly #up: Migration
  readonly #down: Migration | undefined

  /**
   * @param tables names of tables by the type; default: those that the step names
   * @throws MoultError `NO_MIGRATION` where no step leads from the older to the newer version.
   */
  constructor(older: SearchedVersion, newer: SearchedVersion, tables?: readonly string[]) {
    const from = older.label
    const to = newer.label
    const { codeChange, downgrade } = newer.version.contract
    const step = Object.hasOwn(codeChange, from) ? codeChange[from] : undefined
    if (step === undefined) throw noMigration(from, to)
    const by = step === 'unchanged' ? 'unchanged' : 'codeChange'
    this.#older = older
    this.#newer = newer
    this.#up = { from, to, by, extra: undefined }
    const back = Object.hasOwn(downgrade, from) ? downgrade[from] : undefined
    const isBack = back !== undefined && back !== 'unchanged'
    this.#down = isBack ? { from: to, to: from, by: 'downgrade', extra: undefined } : undefined
    this.tables = tables ?? Object.keys(newer.version.recordStep(this.#up)?.tables ?? {})
  }

  /** Whether the older version's schemas refuse a state. */
  async isRefused(state: Uint8Array): Promise<boolean> {
    const { label, version, schema } = this.#older
    const still = unchanged(label)
    const own = await attempt(() => importedState(version, this.#handed(state), still))
    return 'kind' in own || (await refusalOf(schema, own.value)) !== undefined
  }

  /** The faults, in the order in which an upgrade would meet them. */
  async *faultsOf(state: Uint8Array): AsyncGenerator<Fault> {
    const { version, schema } = this.#newer
    const up = await attempt(() => importedState(version, this.#handed(state), this.#up))
    if ('kind' in up) return yield* one(up)
    const data = await attempt(() => packState(up.value, version.toNextVersion))
    if ('kind' in data) return yield* one(data)
    const refusal = await refusalOf(schema, up.value)
    if (refusal !== undefined) yield* one({ kind: 'schema', detail: refusal })
    if (this.#down !== undefined) yield* this.#back(this.#down, up.value, state)
  }

  async *#back(migration: Migration, upper: unknown, state: Uint8Array): AsyncGenerator<Fault> {
    const { version, schema } = this.#older
    const down = await attempt(async () => {
      const payload = await exportState(this.#newer.version, upper, migration, {})
      return importedState(version, decodeState(payload, version.declared), migration)
    })
    if ('kind' in down) return yield* one({ ...down, kind: `downgrade-${down.kind}` })
    const refusal = await refusalOf(schema, down.value)
    if (refusal !== undefined) yield* one({ kind: 'downgrade-schema', detail: refusal })
    const difference = differenceOf(deserialise(state), withMaps(down.value), 'state')
    if (difference === undefined) return
    const detail = { message: tellDifference(difference), paths: [difference.path] }
    yield* one({ kind: 'there-and-back', detail })
  }

  #handed(state: Uint8Array): ReturnType<typeof handedWith> {
    return handedWith(deserialise(state), this.tables)
  }
}

function* one(fault: Fault): Generator<Fault, void> {
  yield fault
}

/** The faults of one half of the way. */
interface Failure {
  readonly kind: 'throws' | 'uncloneable' | 'schema'
  readonly detail: FaultDetail
}

async function attempt(work: () => unknown): Promise<{ readonly value: unknown } | Failure> {
  try {
    return { value: await work() }
  } catch (thrown) {
    return failureOf(thrown)
  }
}

function failureOf(thrown: unknown): Failure {
  if (!isMoultError(thrown)) return { kind: 'throws', detail: detailOf(thrown, []) }
  const { message, path, cause = thrown } = thrown
  const paths = path === undefined ? [] : [path]
  if (isMoultError(thrown, 'UNCLONEABLE_STATE')) {
    return { kind: 'uncloneable', detail: { message, paths } }
  }
  if (isMoultError(thrown, 'INVALID_STATE')) return { kind: 'schema', detail: { message, paths } }
  // The error of the user's function, not the one around it.
  return { kind: 'throws', detail: detailOf(cause, paths) }
}

function detailOf(thrown: unknown, paths: readonly string[]): FaultDetail {
  if (!(thrown instanceof Error)) return { message: String(thrown), paths }
  const { message, stack } = thrown
  return { message, paths, ...(stack !== undefined && { stack: usersFrames(stack) }) }
}

/** The folder of the code that runs in threads, built or not. */
const own = fileURLToPath(new URL('../', import.meta.url)).replace(/dist[\\/](?=workers[\\/]$)/, '')

/** The frames of a stack in the user's files, without those of moult below. */
function usersFrames(stack: string): string {
  const lines = stack.split('\n')
  const first = lines.findIndex((line) => line.includes(own))
  return lines.slice(0, first < 0 ? lines.length : first).join('\n')
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
