import type { Results } from './results.ts'

/** Something aimed for. It is told whether it was met, never asserted: a figure is no test. */
export interface Target {
  readonly what: string
  readonly aim: string
  readonly measured: string
  readonly isMet: boolean
}

const times = (ratio: number): string => `${ratio.toFixed(2)} ×`

export function compareWithTargets(results: Results): Target[] {
  return [...messageTargets(results), ...swapTargets(results), ...memoryTargets(results)]
}

function messageTargets({ messages }: Results): Target[] {
  if (messages.length === 0) return []
  const ratio = (discipline: string, variant: string, base = 'postMessage'): number => {
    const of = (name: string): number =>
      messages.find((each) => each.discipline === discipline && each.variant === name)?.ratio ?? NaN
    return of(variant) / of(base)
  }
  const atMost = (what: string, value: number, aim: number): Target => {
    return { what, aim: `≤ ${aim} ×`, measured: times(value), isMet: value <= aim }
  }
  const atLeast = (what: string, value: number, aim: number): Target => {
    return { what, aim: `≥ ${aim} ×`, measured: times(value), isMet: value >= aim }
  }
  const [few, many] = [64, 1000].map((count) => `pipelined calls, ${count} outstanding, number`)
  return [
    atMost('call round trip / raw postMessage', ratio('round trip, number', 'moult'), 1.3),
    atLeast('casts/s / raw one-way posts', ratio('one-way messages, number', 'moult'), 2.5),
    atLeast('pipelined calls/s (64) / raw echo', ratio(few!, 'moult'), 2),
    atLeast('pipelined calls/s (1,000) / raw echo', ratio(many!, 'moult'), 2),
    atLeast('pipelined calls/s (64) / piscina.run', ratio(few!, 'moult', 'piscina.run'), 4),
    atLeast('pipelined calls/s (64) / Comlink', ratio(few!, 'moult', 'Comlink'), 8),
  ]
}

function swapTargets({ swap }: Results): Target[] {
  const of = (size: number): Results['swap'][number] | undefined =>
    swap.find((each) => each.size === size && each.variant === 'moult')
  const [tiny, big] = [of(0), of(100_000)]
  const targets: Target[] = []
  if (tiny !== undefined) {
    targets.push({
      what: 'longest gap of a swap, counter / floor',
      aim: '≤ 1.5 ×',
      measured: times(tiny.gapRatio),
      isMet: tiny.gapRatio <= 1.5,
    })
  }
  if (big !== undefined) {
    const { p50, p99 } = big.loopDelay
    targets.push({
      what: "main's event-loop delay, upgrade of 100,000 records",
      aim: '≤ 10 ms',
      measured: `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`,
      isMet: p50 <= 10,
    })
  }
  return targets
}

function memoryTargets({ memory }: Results): Target[] {
  const moult = memory.find(({ variant }) => variant === 'moult')
  if (moult === undefined) return []
  const [first, last] = [moult.points[0]!.swaps, moult.points.at(-1)!.swaps]
  const target = (what: string, growth: number): Target => {
    return { what, aim: '≤ 1.1 ×', measured: times(growth), isMet: growth <= 1.1 }
  }
  const what = `resident memory after ${last} upgrades / after ${first}`
  return [
    target(what, moult.growth),
    target(`the same without main’s own heap`, moult.growthBesideHeap),
  ]
}
