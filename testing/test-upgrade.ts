import { inspect } from 'node:util'
import type { AnyDefinition, StateOf } from '../src/protocol/definition/definition.ts'
import { MoultError, isMoultError } from '../src/protocol/errors.ts'
import { reasonOf } from '../src/protocol/reason.ts'
import type { Migration } from '../src/protocol/wire/migration.ts'
import type { Payload } from '../src/protocol/bytes/payload.ts'
import { exportState } from '../workers/state/exporting.ts'
import { importedState } from '../workers/state/importing.ts'
import { packState } from '../workers/state/state-bytes.ts'
import { Version } from '../workers/state/version.ts'
import { decodeState, withMaps } from '../workers/tables/table-state.ts'
import { differences } from './differences.ts'
import type { Difference } from './differences.ts'
import { Hosted } from './hosted.ts'
import { lentTo } from './lent.ts'
import type { StandIns } from './lent.ts'
import type { AnswerCall } from './main-side.ts'

/** A message that both versions are sent: a call, by its name, and its payload. */
export type TestedMessage = readonly [call: string, payload?: unknown]

/** Options of {@link testUpgrade}. */
export interface TestUpgradeOptions<Old extends AnyDefinition> {
  /** States of the old version, each of which is migrated. */
  readonly states: readonly StateOf<Old>[]
  /** Calls that both versions are sent, in order, each on its own copy of each state. */
  readonly messages?: readonly TestedMessage[]
  /** The option `extra` of the upgrade. */
  readonly extra?: unknown
  /** What `context.services` has. */
  readonly services?: StandIns
  /** Answers `context.call` to other processes. */
  readonly answer?: AnswerCall
}

/** What the two versions say to one message. An error is told as `CODE: message`. */
export interface TestedReply {
  readonly call: string
  readonly old: unknown
  readonly new: unknown
  readonly differences: readonly Difference[]
}

/** What becomes of one state. */
export interface TestedState {
  readonly given: unknown
  /** The state of the new version. */
  readonly migrated: unknown
  /** The migrated state after its way back; undefined where there is none. */
  readonly back: unknown
  /** Where that differs from the given one. */
  readonly differences: readonly Difference[]
  readonly replies: readonly TestedReply[]
}

/** What a test of an upgrade found. */
export interface TestUpgradeReport {
  readonly states: readonly TestedState[]
  /** Whether there is a way back: a `downgrade`, or a `codeChange` that is `'unchanged'`. */
  readonly goesBack: boolean
  /** All that differs, a line each. Empty where the way there and back changes nothing and all replies are the same. */
  readonly lines: readonly string[]
}

/**
 * Migrates states from one version to another and back, in this thread, and says what differs. The new version proves
 * each state as it does in an upgrade: its schema, and that it is data.
 *
 * @throws MoultError `NOT_A_DEFINITION`, `NO_MIGRATION`, `CODE_CHANGE_FAILED`, `DOWNGRADE_FAILED`, `INVALID_STATE`,
 * `UNCLONEABLE_STATE`, `OPEN_FAILED`
 */
export async function testUpgrade<Old extends AnyDefinition>(
  old: Old,
  next: AnyDefinition,
  options: TestUpgradeOptions<Old>,
): Promise<TestUpgradeReport> {
  const versions = { old: new Version(old), next: new Version(next) }
  const up = migrationUp(versions, options.extra)
  const down = migrationDown(versions, options.extra)
  const states: TestedState[] = []
  for (const given of options.states)
    states.push(await tested(given, { ...versions, up, down, options }))
  const lines = states.flatMap((state, at) => linesOf(state, `states[${at}]`))
  return { states, goesBack: down !== undefined, lines }
}

interface Versions {
  readonly old: Version
  readonly next: Version
}

/** What each state is tested with. */
interface Means extends Versions {
  readonly up: Migration
  readonly down: Migration | undefined
  readonly options: Omit<TestUpgradeOptions<AnyDefinition>, 'states'>
}

async function tested(given: unknown, means: Means): Promise<TestedState> {
  const { old, next, up, down } = means
  // One after the other: of what is exclusive there may be one only.
  const before = await said(old, given, { ...up, by: 'unchanged' }, means)
  const after = await said(next, given, up, means)
  const leaving = await stateOf(packState(given, old.toNextVersion), up, next)
  const returned = down && (await stateOf(await exportState(next, leaving, down, {}), down, old))
  const back = withMaps(returned)
  const replies = before.replies.map(([call, was], at): TestedReply => {
    const is = after.replies[at]?.[1]
    return { call, old: was, new: is, differences: differences('reply', was, is) }
  })
  const changed = down === undefined ? [] : differences('state', withMaps(given), back)
  return { given, migrated: after.state, back, differences: changed, replies }
}

/** What one version makes of a state, and what it then says to the messages. */
async function said(version: Version, given: unknown, migration: Migration, means: Means) {
  const process = await hosted(version, packState(given, means.old.toNextVersion), migration, means)
  try {
    const state = await process.state()
    const replies: (readonly [call: string, reply: unknown])[] = []
    for (const [call, payload] of means.options.messages ?? [])
      replies.push([call, await answerOf(process, call, payload)])
    return { state, replies }
  } finally {
    await process.stop()
  }
}

async function hosted(
  version: Version,
  payload: Payload,
  migration: Migration,
  { options: { services = {}, answer } }: Means,
): Promise<Hosted> {
  const made = new Hosted(version, { name: 'test', services: lentTo(services), answer, now: 0 })
  await made.enter(payload, { migration, verify: true })
  return made
}

async function answerOf(process: Hosted, call: string, payload: unknown): Promise<unknown> {
  try {
    return await process.send({ kind: 'call', name: call, payload })
  } catch (error) {
    const code = isMoultError(error) ? error.code : error instanceof Error ? error.name : 'threw'
    return `${code}: ${reasonOf(error)}`
  }
}

/** Decodes a state and migrates it. */
function stateOf(payload: Payload, migration: Migration, version: Version): unknown {
  return importedState(version, decodeState(payload, version.declared), migration)
}

/** @throws MoultError `NO_MIGRATION` */
function migrationUp({ old, next }: Versions, extra: unknown): Migration {
  const from = old.contract.version
  const to = next.contract.version
  const step = next.contract.codeChange[from]
  if (step !== undefined) return { from, to, by: step === 'unchanged' ? step : 'codeChange', extra }
  const expected = `codeChange['${from}'] in ${to}: a function or 'unchanged'`
  const known = Object.keys(next.contract.codeChange)
  const received = known.length === 0 ? 'none' : known.join(', ')
  const message = `${to} cannot take over the state of ${from}: there is no codeChange['${from}']`
  throw new MoultError('NO_MIGRATION', message, { from, to, expected, received })
}

function migrationDown({ old, next }: Versions, extra: unknown): Migration | undefined {
  const from = next.contract.version
  const to = old.contract.version
  const step = next.contract.downgrade[to]
  const isSame = step === 'unchanged' || next.contract.codeChange[to] === 'unchanged'
  if (step !== undefined && step !== 'unchanged') return { from, to, by: 'downgrade', extra }
  return isSame ? { from, to, by: 'unchanged', extra } : undefined
}

function linesOf({ differences: changed, replies }: TestedState, where: string): string[] {
  const back = changed.map(({ path, was, is }) => {
    return `${where}: ${path} was ${inspect(was)} and comes back as ${inspect(is)}`
  })
  const answers = replies.flatMap(({ call, differences: found }) => {
    return found.map(({ path, was, is }) => {
      return `${where}: ${path} of ${call} was ${inspect(was)} and is ${inspect(is)}`
    })
  })
  return [...back, ...answers]
}
