/** The page's width in pixels. */
export const WIDTH = 900

/** Adds a chart below the others. It is told where its box begins. */
export type Add = (title: string, height: number, draw: (top: number) => string) => void

/** The box of one chart on the page, in pixels, and the room for its labels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Series {
  readonly name: string
  readonly points: readonly {
    readonly x: number
    readonly y: number
    /** A second, higher value at the same place, drawn as a thin line up to it. */
    readonly high?: number
  }[]
}

/** Each variant has its colour in all charts. */
const colours: Readonly<Record<string, string>> = {
  moult: '#d1495b',
  'moult, file': '#d1495b',
  'moult, image': '#00798c',
  'moult, prepare': '#edae49',
  'moult, prepare without a spare': '#9aa5b1',
  floor: '#2e4057',
  'floor + next thread': '#7d8fa3',
  postMessage: '#2e4057',
  'no swap': '#9aa5b1',
  'postMessage + promises': '#9aa5b1',
  'new Piscina': '#00798c',
  'piscina.run': '#00798c',
  "import('?v=n')": '#edae49',
  'moult, no version purged': '#00798c',
  'bare threads': '#2e4057',
  Comlink: '#edae49',
  'moult, plain state': '#9aa5b1',
  'moult, plain state as a whole': '#c3cad1',
  'moult, tables': '#d1495b',
  'stop and copy': '#2e4057',
  Erlang: '#00798c',
}

export function text(
  x: number,
  y: number,
  content: string,
  { size = 12, anchor = 'start', weight = 'normal', fill = '#333' } = {},
): string {
  const style = `font-size="${size}" text-anchor="${anchor}" font-weight="${weight}" fill="${fill}"`
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${style}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** Lines over places of equal distance, with a logarithmic scale from `bottom` to `top` (powers of ten) or a linear one from 0. */
export function lineChart(
  box: Box,
  labels: readonly string[],
  series: readonly Series[],
  scale: { readonly unit: string; readonly bottom?: number; readonly top: number },
): string {
  const { x, y, width, height } = box
  const step = width / Math.max(1, labels.length - 1)
  const place = (value: number): number => y + height - height * share(value, scale)
  const ticks = ticksOf(scale).flatMap((tick) => [
    line(x, place(tick), x + width, place(tick), '#e3e7eb', 1),
    text(x - 6, place(tick) + 4, `${tick.toLocaleString('en-US')} ${scale.unit}`, {
      anchor: 'end',
      size: 11,
    }),
  ])
  const names = labels.map((label, index) =>
    text(x + index * step, y + height + 18, label, { anchor: 'middle', size: 11 }),
  )
  const lines = series.map(({ name, points }) => {
    const colour = colours[name] ?? '#000'
    const path = points.map(
      (point) => `${(x + point.x * step).toFixed(1)},${place(point.y).toFixed(1)}`,
    )
    const highs = points.map(({ x: at, y: low, high = low }) =>
      line(x + at * step, place(low), x + at * step, place(high), colour, 1),
    )
    const dots = points.map((point) => {
      const [cx, cy] = [(x + point.x * step).toFixed(1), place(point.y).toFixed(1)]
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
    })
    const polyline = `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
    return [polyline, ...highs, ...dots].join('')
  })
  return [...ticks, ...names, ...lines].join('\n')
}

/** Groups of horizontal bars; a bar's length is its value, up to `top`. */
export function barChart(
  box: Box,
  groups: readonly {
    readonly name: string
    readonly bars: readonly { name: string; value: number }[]
  }[],
  top: number,
): string {
  const { x, y, width } = box
  const parts: string[] = []
  let at = y
  for (const group of groups) {
    parts.push(text(x - 8, at + 11, group.name, { anchor: 'end', size: 11 }))
    for (const { name, value } of group.bars) {
      const length = width * Math.min(1, value / top)
      const bar = `x="${x}" y="${at}" width="${length.toFixed(1)}" height="11"`
      parts.push(`<rect ${bar} fill="${colours[name] ?? '#000'}"/>`)
      parts.push(text(x + length + 5, at + 10, `${value.toFixed(2)} × ${name}`, { size: 10 }))
      at += 14
    }
    at += 10
  }
  return parts.join('\n')
}

export function legend(x: number, y: number, names: readonly string[]): string {
  return names
    .map((name, index) => {
      const left = x + index * 122
      const mark = `<rect x="${left}" y="${y - 9}" width="10" height="10" fill="${colours[name] ?? '#000'}"/>`
      return mark + text(left + 15, y, name)
    })
    .join('')
}

function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  stroke: string,
  width: number,
): string {
  const [from, to] = [
    `x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}"`,
    `x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"`,
  ]
  return `<line ${from} ${to} stroke="${stroke}" stroke-width="${width}"/>`
}

function share(
  value: number,
  { bottom, top }: { readonly bottom?: number; readonly top: number },
): number {
  if (bottom === undefined) return value / top
  return Math.log(Math.max(value, bottom) / bottom) / Math.log(top / bottom)
}

function ticksOf({ bottom, top }: { readonly bottom?: number; readonly top: number }): number[] {
  if (bottom === undefined) return [0, 1, 2, 3, 4].map((quarter) => (top * quarter) / 4)
  const ticks: number[] = []
  for (let tick = bottom; tick <= top * 1.001; tick *= 10) ticks.push(tick)
  return ticks
}

/** One line for each variant. */
export function seriesOf<Result extends { readonly variant: string }>(
  results: readonly Result[],
  point: (result: Result) => Series['points'][number],
): Series[] {
  const names = [...new Set(results.map(({ variant }) => variant))]
  return names.map((name) => ({
    name,
    points: results.filter(({ variant }) => variant === name).map(point),
  }))
}
