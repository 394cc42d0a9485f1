import type { IntervalHistogram } from 'node:perf_hooks'
import type { Books } from './books.ts'

/** What was done, by operation and outcome. */
export function summary(books: Books): string {
  const rows = [...books.counts].sort(([one], [other]) => (one < other ? -1 : 1))
  const width = Math.max(...rows.map(([operation]) => operation.length))
  return rows
    .map(([operation, outcomes]) => {
      const sorted = [...outcomes].sort(([, one], [, other]) => other - one)
      const cells = sorted.map(([outcome, count]) => `${outcome} ${count}`)
      return `  ${operation.padEnd(width)}  ${cells.join(', ')}`
    })
    .join('\n')
}

/** How late the main thread's event loop was, in ms. Nobody's guarantee on a busy machine: to be read, not asserted. */
export function loopDelay(delay: IntervalHistogram): string {
  const ms = (ns: number): string => (ns / 1e6).toFixed(1)
  const { mean, max } = delay
  return `event loop delay: mean ${ms(mean)} ms, p99 ${ms(delay.percentile(99))} ms, max ${ms(max)} ms`
}
