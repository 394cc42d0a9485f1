import type { UpgradeReport, VersionInfo } from 'moult'
import { checkTable, exactly } from '../check.ts'
import type { Check } from '../check.ts'
import { ms, table, whole } from '../table.ts'
import type { Account } from './desk.ts'
import { changedSources, isolatesWith, releasesOf } from './releases.ts'
import { parts, total } from './sender.ts'
import type { Part, Sender } from './sender.ts'

/** What the run has found. */
export interface Result {
  readonly desks: number
  readonly senders: readonly Sender[]
  /** By sender, as the desks have kept them. */
  readonly accounts: ReadonlyMap<string, Account>
  readonly report: UpgradeReport
  /** The releases of minimist that were installed. */
  readonly releases: { readonly old: string; readonly fixed: string }
  /** All versions of the code, right before the upgrade and right after it. */
  readonly versions: {
    readonly before: readonly VersionInfo[]
    readonly after: readonly VersionInfo[]
  }
  /** On how many desks an attack gave everybody rights. */
  readonly fallen: { readonly before: number; readonly after: number }
  /** What is left when the old version has been purged. */
  readonly left: readonly VersionInfo[]
}

/** All tables. */
export function show(result: Result, checks: readonly Check[]): string {
  const { report, versions } = result
  const answers = whole(total(result.senders, ({ answered }) => answered))
  return [
    `${answers} orders answered; the upgrade to ${report.to.version} took ${ms(report.totalMs)} ms, its longest pause ${ms(report.pauseMs)} ms`,
    'What the senders were told',
    answerTable(result),
    'The versions and their packages, before the upgrade',
    versionTable(versions.before),
    'and after it',
    versionTable(versions.after),
    'What has to hold',
    checkTable(checks),
  ].join('\n\n')
}

/** All that has to hold. */
export function checksOf(result: Result): Check[] {
  return [...orderChecks(result), ...attackChecks(result), ...releaseChecks(result)]
}

function orderChecks({ senders, accounts }: Result): Check[] {
  const kept = senders.flatMap(({ name }) => accounts.get(name) ?? [])
  const behind = total(senders, ({ sent }) => sent) - total(kept, ({ latest }) => latest)
  return [
    exactly(
      'failed orders',
      total(senders, ({ failed }) => failed),
      0,
    ),
    exactly('orders that no desk has seen', behind + total(kept, ({ missing }) => missing.size), 0),
    exactly(
      'orders that a desk took twice',
      total(kept, ({ double }) => double),
      0,
    ),
    exactly(
      'orders out of order',
      total(kept, ({ late }) => late),
      0,
    ),
    exactly(
      'answers out of order',
      total(senders, ({ outOfOrder }) => outOfOrder),
      0,
    ),
    exactly(
      'orders that were misread',
      total(senders, ({ misread }) => misread),
      0,
    ),
  ]
}

function attackChecks({ desks, senders, releases, fallen }: Result): Check[] {
  const refunds = (part: Part): number => total(senders, ({ answers }) => answers[part].refunds)
  return [
    exactly('rights that nobody gave, before the attack', refunds('before'), 0),
    exactly(`desks that fall with ${releases.old}`, fallen.before, desks),
    exactly(`desks that fall with ${releases.fixed}`, fallen.after, 0),
    exactly('rights that nobody gave, after the upgrade', refunds('patched'), 0),
  ]
}

function releaseChecks({ desks, report, releases, versions, left }: Result): Check[] {
  const [old, fixed] = [report.from, report.to].map(({ version }) =>
    versions.after.find((each) => each.version === version),
  )
  const changed = old === undefined || fixed === undefined ? NaN : changedSources(old, fixed).length
  const gone = report.processes.filter(({ oldThread }) => oldThread?.exitCode === 0).length
  return [
    exactly('own sources that were changed', changed, 0),
    exactly('threads of the old version that exited', gone, desks),
    exactly(
      `live isolates with ${releases.fixed}`,
      isolatesWith(releases.fixed, versions.after),
      desks,
    ),
    exactly(`live isolates with ${releases.old}`, isolatesWith(releases.old, versions.after), 0),
    exactly(
      `versions with ${releases.old} after its purge`,
      left.filter((each) => releasesOf(each).includes(releases.old)).length,
      0,
    ),
  ]
}

const names: Readonly<Record<Part, string>> = {
  before: 'before the attack',
  attacked: 'after the attack',
  swap: 'during the upgrade',
  patched: 'after it, attacked again',
}

function answerTable({ senders, releases }: Result): string {
  const { old, fixed } = releases
  const served = { before: old, attacked: old, swap: `${old}, ${fixed}`, patched: fixed }
  const rows = parts.map((part) => [
    names[part],
    served[part],
    whole(total(senders, ({ answers }) => answers[part].count)),
    whole(total(senders, ({ answers }) => answers[part].refunds)),
  ])
  return table(['', 'minimist', 'answers', 'with rights that nobody gave'], rows)
}

function versionTable(versions: readonly VersionInfo[]): string {
  const rows = versions.map(({ version, state, packages, processes, isolates }) => [
    version,
    state,
    whole(processes.length),
    whole(isolates.length),
    packages.map((each) => `${each.name} ${each.version}`).join(', '),
  ])
  return table(['', 'state', 'processes', 'isolates', 'packages'], rows)
}
