import type { MemoryReport, UpgradeReport } from 'moult'
import { exactly } from '../check.ts'
import type { Check } from '../check.ts'
import { megabytes } from '../table.ts'
import type { Tally } from './client-messages.ts'

/** The client's own account of its updates against the process's counters, city by city. */
export function checkUpdates(tally: Tally, counted: ReadonlyMap<number, number>): Check[] {
  let lost = 0
  let double = 0
  for (const id of new Set([...tally.sent.keys(), ...counted.keys()])) {
    const inProcess = counted.get(id) ?? 0
    lost += Math.max(0, (tally.acknowledged.get(id) ?? 0) - inProcess)
    double += Math.max(0, inProcess - (tally.sent.get(id) ?? 0))
  }
  return [
    exactly('updates without a reply', total(tally.sent) - total(tally.acknowledged), 0),
    exactly('lost updates', lost, 0),
    exactly('double updates', double, 0),
  ]
}

/** Whether the same questions had the same answers, their order included. */
export function checkAnswers(before: readonly string[], after: readonly string[]): Check {
  const different = before.filter((answer, index) => answer !== after[index]).length
  const isNonsense = before.length !== after.length || before.every((answer) => answer === '[]')
  const holds = different === 0 && !isNonsense
  const count = before.length.toLocaleString('en-US')
  const found = holds ? `${count} equal` : `${different} of ${count} differ`
  return { name: 'answers of 0.9.0 and 2.0.0', found, holds }
}

export function total(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0)
}

/** Whether every city went over while the old version served, and next to nothing was left for the pause. */
export function checkCopies(reports: readonly UpgradeReport[], cities: number): Check[] {
  const copies = reports.map(({ processes }) => processes[0]!.copied)
  const whole = copies.filter((copied) => copied !== undefined && copied.records >= cities)
  const left = Math.max(...copies.map((copied) => copied?.recordsLeft ?? Infinity))
  return [
    exactly('swaps that copied all cities ahead', whole.length, reports.length),
    {
      name: 'records left for a pause, at most 1 %',
      found: left.toLocaleString('en-US'),
      holds: copies.every(
        (copied) => (copied?.recordsLeft ?? Infinity) <= (copied?.records ?? 0) / 100,
      ),
    },
  ]
}

/** Whether the threads of the versions that were left have gone, and what they held with them. */
export function checkThreads(
  reports: readonly UpgradeReport[],
  before: MemoryReport,
  after: MemoryReport,
): Check[] {
  const left = reports.flatMap(({ processes }) => processes.map(({ oldThread }) => oldThread))
  const gone = left.filter((thread) => thread?.exitCode === 0).length
  // Two versions are in memory during a swap, and from Node 22 on what they took stays with the process, to be used again.
  const growth = after.rss - (reports[0]?.memory.after.rss ?? before.rss)
  const found = `${growth < 0 ? '' : '+'}${megabytes(growth)}`
  return [
    exactly('threads of old versions that exited', gone, reports.length),
    exactly('isolates more than before', after.isolates - before.isolates, 0),
    { name: 'resident since the first swap, at most +100 MB', found, holds: growth <= 100e6 },
  ]
}
