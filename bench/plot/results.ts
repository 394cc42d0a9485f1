import type { Results } from '../results.ts'
import { WIDTH, barChart, legend, lineChart, seriesOf, text } from './chart.ts'
import type { Add } from './chart.ts'
import { drawScale } from './scale.ts'

const LEFT = 230

/** The results as one SVG picture: the gap by state size, messages, loads, memory, scale. */
export function drawResults(results: Results): string {
  const { node, cpu, cores, date } = results.machine
  const parts: string[] = []
  let y = 30
  const add: Add = (title, height, draw) => {
    parts.push(text(30, y, title, { size: 15, weight: 'bold' }), draw(y + 30))
    y += height + 90
  }
  if (results.swap.length > 0) {
    const title =
      'Longest gap a client sees around a swap, by size of the state (dot: p50, line: to p99)'
    add(title, 280, (top) => drawSwaps(results, top))
  }
  if (results.messages.length > 0) {
    const groups = new Set(results.messages.map(({ discipline }) => discipline)).size
    const height = results.messages.length * 14 + groups * 10
    add('Messages to one thread, × raw postMessage', height, (top) => drawMessages(results, top))
  }
  if (results.load.length > 0) {
    const title = 'Loading a program, × esbuild and import (of an image: × import)'
    const programs = new Set(results.load.map(({ program }) => program)).size
    add(title, moultLoads(results).length * 14 + programs * 10, (top) => drawLoads(results, top))
  }
  if (results.memory.length > 0) {
    add('Resident memory over swaps of a 100-kB module', 220, (top) => drawMemory(results, top))
  }
  drawScale(results, add)
  const machine = `Node ${node}, ${cores} × ${cpu}, ${date.slice(0, 10)}`
  parts.push(text(30, y - 20, machine, { size: 11, fill: '#777' }))
  const size = `width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif">
<rect width="${WIDTH}" height="${y}" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}

function drawSwaps({ swap }: Results, top: number): string {
  const sizes = [...new Set(swap.map(({ size }) => size))]
  const series = seriesOf(swap, ({ size, gap }) => {
    return { x: sizes.indexOf(size), y: gap.p50, high: gap.p99 }
  })
  const labels = sizes.map((size) =>
    size === 0 ? 'a counter' : `${size.toLocaleString('en-US')} records`,
  )
  const highest = Math.max(...swap.map(({ gap }) => gap.p99))
  const scale = { unit: 'ms', bottom: 0.1, top: 10 ** Math.ceil(Math.log10(highest)) }
  const box = { x: 110, y: top, width: WIDTH - 200, height: 240 }
  const names = series.map(({ name }) => name)
  return lineChart(box, labels, series, scale) + legend(110, top + 288, names)
}

function drawMessages({ messages }: Results, top: number): string {
  const disciplines = [...new Set(messages.map(({ discipline }) => discipline))]
  const groups = disciplines.map((name) => ({
    name,
    bars: messages
      .filter(({ discipline }) => discipline === name)
      .map(({ variant, ratio }) => ({ name: variant, value: ratio })),
  }))
  const highest = Math.max(...messages.map(({ ratio }) => ratio))
  const box = { x: LEFT + 40, y: top - 10, width: WIDTH - LEFT - 220, height: 0 }
  return barChart(box, groups, highest)
}

function moultLoads({ load }: Results): Results['load'] {
  return load.filter(({ variant }) => variant.startsWith('moult'))
}

function drawLoads(results: Results, top: number): string {
  const loads = moultLoads(results)
  const groups = [...new Set(loads.map(({ program }) => program))].map((name) => ({
    name,
    bars: loads
      .filter(({ program }) => program === name)
      .map(({ variant, ratio }) => ({ name: variant, value: ratio })),
  }))
  const highest = Math.max(...loads.map(({ ratio }) => ratio))
  const box = { x: LEFT + 40, y: top - 10, width: WIDTH - LEFT - 260, height: 0 }
  return barChart(box, groups, highest)
}

function drawMemory({ memory }: Results, top: number): string {
  const swaps = memory[0]!.points.map((point) => point.swaps)
  const series = memory.map(({ variant, points }) => ({
    name: variant,
    points: points.map(({ rss }, x) => ({ x, y: rss / 1e6 })),
  }))
  const highest = Math.max(...memory.flatMap(({ points }) => points.map(({ rss }) => rss / 1e6)))
  const scale = { unit: 'MB', top: Math.ceil(highest / 200) * 200 }
  const labels = swaps.map((count, index) => (index % 4 === 3 || index === 0 ? String(count) : ''))
  const box = { x: 110, y: top, width: WIDTH - 200, height: 180 }
  const names = series.map(({ name }) => name)
  return lineChart(box, labels, series, scale) + legend(110, top + 228, names)
}
