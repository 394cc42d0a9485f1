import type { MemoryReport, UpgradeReport } from 'moult'
import { checkTable } from '../check.ts'
import type { Check } from '../check.ts'
import { megabytes, ms, table, whole } from '../table.ts'
import { total } from './checks.ts'
import type { Tally } from './client-messages.ts'
import { latencies } from './latency.ts'
import type { Window } from './latency.ts'

/** An upgrade or downgrade, and when it was asked for and done. */
export interface Swap extends Window {
  readonly report: UpgradeReport
}

/** What is shown at the end. */
export interface Result {
  readonly tally: Tally
  readonly swaps: readonly Swap[]
  readonly memory: { readonly before: MemoryReport; readonly after: MemoryReport }
  readonly checks: readonly Check[]
}

export function show({ tally, swaps, memory, checks }: Result): string {
  return [
    `${whole(tally.requests)} requests, ${whole(total(tally.sent))} of them updates of counters`,
    'Latency seen by the client (ms)',
    latencyTable(tally.times, swaps),
    'The swaps (ms; records, or values of a plain state, copied ahead and left for the pause, in which nothing was handled)',
    swapTable(swaps),
    'Threads and memory of the server',
    memoryTable(swaps, memory),
    'What has to hold',
    checkTable(checks),
  ].join('\n\n')
}

function latencyTable(times: Float64Array, swaps: readonly Swap[]): string {
  const rows = latencies(times, swaps).map(({ requests, p50, p99, max }, index) => {
    const swap = swaps[(index - 1) / 2]
    const name = swap?.report.direction ?? quietName(index, swaps.length)
    const version = swap === undefined ? versionAt(index / 2, swaps) : course(swap)
    return [name, version, whole(requests), ms(p50), ms(p99), ms(max)]
  })
  return table(['', 'version', 'requests', 'p50', 'p99', 'max'], rows)
}

function quietName(index: number, swaps: number): string {
  if (index === 0) return 'before'
  return index === 2 * swaps ? 'after' : 'between'
}

/** The version that served after `count` swaps. */
function versionAt(count: number, swaps: readonly Swap[]): string {
  return swaps[count]?.report.from.version ?? swaps.at(-1)!.report.to.version
}

function course({ report: { from, to } }: Swap): string {
  return `${from.version} → ${to.version}`
}

function swapTable(swaps: readonly Swap[]): string {
  const head = ['', 'pause', 'way', 'ahead', 'rounds', 'left', 'copying', 'held', 'state', 'total']
  const rows = swaps.map((swap) => {
    const { pauseMs, stateBytes, messagesHeld, totalMs, phases, processes } = swap.report
    const { way = 'whole', records = 0, rounds = 0, recordsLeft = NaN } = processes[0]!.copied ?? {}
    return [
      course(swap),
      ms(pauseMs),
      way,
      ...[records, rounds, recordsLeft].map(whole),
      ms(phases.copy),
      whole(messagesHeld),
      megabytes(stateBytes),
      ms(totalMs),
    ]
  })
  return table(head, rows)
}

function memoryTable(swaps: readonly Swap[], { before, after }: Result['memory']): string {
  const row = (name: string, { isolates, rss, heapUsed }: MemoryReport): string[] => [
    name,
    whole(isolates),
    megabytes(rss),
    megabytes(heapUsed),
  ]
  return table(
    ['', 'isolates', 'resident', 'main heap'],
    [
      row('before the load', before),
      ...swaps.map((swap) => row(`after ${course(swap)}`, swap.report.memory.after)),
      row('after the load', after),
    ],
  )
}
