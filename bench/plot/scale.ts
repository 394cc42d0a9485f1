import type { Results } from '../results.ts'
import type { ScaleResult } from '../scale/compare.ts'
import { WIDTH, legend, lineChart, seriesOf } from './chart.ts'
import type { Add } from './chart.ts'

const charts = [
  {
    by: 'records',
    what: 'gap',
    title:
      'Longest gap a client sees around a swap that rewrites each record (dot: p50, line: to p99)',
  },
  {
    by: 'MB of buffers',
    what: 'gap',
    title: 'The same, by megabytes of typed arrays in the state',
  },
  {
    by: 'processes',
    what: 'still',
    title: 'How long each process stands still while all are upgraded (dot: p50, line: to p99)',
  },
] as const

/** By size of the state, and by number of processes. */
export function drawScale({ scale }: Results, add: Add): void {
  for (const { by, what, title } of charts) {
    const shown = scale.filter((result) => result.by === by && result.what === what)
    if (shown.length > 0) add(title, 280, (top) => draw(shown, top))
  }
}

function draw(shown: readonly ScaleResult[], top: number): string {
  const counts = [...new Set(shown.map(({ count }) => count))]
  const series = seriesOf(shown, ({ count, summary }) => {
    return { x: counts.indexOf(count), y: summary.p50, high: summary.p99 }
  })
  const labels = counts.map((count) => count.toLocaleString('en-US'))
  const highest = Math.max(...shown.map(({ summary }) => summary.p99))
  const scale = { unit: 'ms', bottom: 0.1, top: 10 ** Math.ceil(Math.log10(highest)) }
  const box = { x: 110, y: top, width: WIDTH - 200, height: 240 }
  const names = series.map(({ name }) => name)
  return lineChart(box, labels, series, scale) + legend(110, top + 288, names)
}
