import type { Results } from './results.ts'
import { encoderTables, scaleTable } from './print-scale.ts'
import type { Summary } from './statistics.ts'
import { number, table } from './table.ts'
import { compareWithTargets } from './targets.ts'

/** The results as tables of text. */
export function printResults(results: Results): string {
  const { machine, messages, swap, load, memory, scale, encoders } = results
  const { node, cpu, cores, date } = machine
  const sections = [
    `Node ${node}, ${cores} × ${cpu}, ${date}`,
    messages.length > 0 ? messageTable(results) : [],
    swap.length > 0 ? swapTable(results) : [],
    load.length > 0 ? loadTable(results) : [],
    memory.length > 0 ? memoryTable(results) : [],
    scale.length > 0 ? scaleTable(results) : [],
    encoders.length > 0 ? encoderTables(results) : [],
    targetTable(results),
  ]
  return sections.flat().join('\n\n')
}

function messageTable({ messages }: Results): string[] {
  const rows = messages.map(({ discipline, unit, variant, summary, ratio }, index) => {
    const isFirst = messages[index - 1]?.discipline !== discipline
    // Of rates the low ones are the bad ones.
    const bad = unit === 'ms' ? summary.p99 : summary.min
    const name = isFirst ? discipline : ''
    return [name, variant, unit, number(summary.p50), number(bad), `${number(ratio)} ×`]
  })
  const heading = ['messages to one thread', '', '', 'p50', 'p99 or lowest', '× postMessage']
  return [table(heading, rows, 3)]
}

function swapTable({ swap }: Results): string[] {
  const rows = swap.map((result, index) => {
    const { size, variant, gap, gapRatio, pause, loopDelay, window } = result
    const isFirst = swap[index - 1]?.size !== size
    const name = size === 0 ? 'a counter' : `${size.toLocaleString('en-US')} records`
    return [
      isFirst ? name : '',
      variant,
      String(gap.count),
      `${number(gapRatio)} ×`,
      ...three(gap),
      ...three(pause),
      ...three(loopDelay).slice(0, 2),
      number(window.p50),
    ]
  })
  const heading = ['swap, ms', '', 'swaps', '× floor', 'gap p50', 'p99', 'max']
  const more = ['pause p50', 'p99', 'max', "main's delay p50", 'p99', 'window']
  return [table([...heading, ...more], rows, 2)]
}

function three(summary: Summary | undefined): string[] {
  if (summary === undefined) return ['', '', '']
  return [number(summary.p50), number(summary.p99), number(summary.max)]
}

function loadTable({ load }: Results): string[] {
  const rows = load.map(({ program, closure, variant, summary, ratio, baseline }, index) => {
    const isFirst = load[index - 1]?.program !== program
    const { files, packages, bytes } = closure
    const size = `${program}: ${files} files, ${packages} packages, ${number(bytes / 1000)} kB`
    const times = [summary.p50, summary.p99].map(number)
    return [isFirst ? size : '', variant, ...times, `${number(ratio)} ×`, baseline]
  })
  return [table(['load, ms', '', 'p50', 'p99', 'ratio', 'to'], rows, 2)]
}

function memoryTable({ memory }: Results): string[] {
  const swaps = memory[0]!.points.map((point) => point.swaps)
  const shown = swaps.filter(
    (count) => count === swaps[0] || count === swaps.at(-1) || count % 250 === 0,
  )
  const rows = memory.map(({ variant, points, growth, growthBesideHeap }) => [
    variant,
    ...shown.map((count) => megabytes(points.find((point) => point.swaps === count)?.rss)),
    `${number(growth)} ×`,
    `${number(growthBesideHeap)} ×`,
  ])
  const heading = ['resident memory, MB, after', ...shown.map((count) => `${count} swaps`)]
  return [table([...heading, 'last / first', 'without main’s heap'], rows, 1)]
}

function megabytes(bytes = NaN): string {
  return (bytes / 1e6).toFixed(0)
}

function targetTable(results: Results): string[] {
  const rows = compareWithTargets(results).map(({ what, aim, measured, isMet }) => {
    return [what, isMet ? 'met' : 'not met', aim, measured]
  })
  return rows.length === 0 ? [] : [table(['aimed for', '', '', 'measured'], rows, 2)]
}
