import type { Results } from './results.ts'
import { number, table } from './table.ts'

export function scaleTable({ scale }: Results): string[] {
  const rows = scale.map((result, index) => {
    const { by, count, what, unit, variant, summary, ratio } = result
    const before = scale[index - 1]
    const isFirst = before?.by !== by || before.count !== count || before.what !== what
    const name = `${count.toLocaleString('en-US')} ${by}: ${what}, ${unit}`
    const figures = [summary.p50, summary.p99, summary.max].map(number)
    const times = ratio === undefined ? '' : `${number(ratio)} ×`
    return [isFirst ? name : '', variant, String(summary.count), ...figures, times]
  })
  return [table(['scale', '', 'values', 'p50', 'p99', 'max', '× Erlang'], rows, 2)]
}

export function encoderTables({ encoders }: Results): string[] {
  const rows = encoders.map((result, index) => {
    const { state, megabytes, encoder, cold, warm, warmEncode, coldRatio, warmRatio } = result
    const before = encoders[index - 1]
    const isFirst = before?.state !== state || before.megabytes !== megabytes
    const times = [cold.p50, warm.p50, warmEncode.p50].map(number)
    const ratios = [coldRatio, warmRatio].map((ratio) => `${number(ratio)} ×`)
    return [isFirst ? `${megabytes} MB, ${state}` : '', encoder, ...times, ...ratios]
  })
  const heading = [
    'encode and decode, ms',
    '',
    'cold',
    'warm',
    'of it encode',
    '× V8, cold',
    'warm',
  ]
  const differences = new Map(encoders.map((each) => [each.encoder, each.differences]))
  const carried = [...differences].map(([encoder, all]) => {
    return [encoder, all.length === 0 ? 'nothing' : all.join('; ')]
  })
  return [
    table(heading, rows, 2),
    table(['encoder', 'differs from structured clone in'], carried, 2),
  ]
}
