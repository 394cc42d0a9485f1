import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MoultError } from '../protocol/errors.ts'
import type { SearchResult } from '../protocol/jobs/search.ts'
import type { CheckResult } from './check.ts'

/** A result for a person. */
export function printed({ faults, refusals, search }: CheckResult): string {
  const types =
    faults.length === 0
      ? ['types: all fit']
      : faults.map(({ file, line, column, message, frame }) => {
          return `${file}:${line}:${column}: ${message}\n${frame}`
        })
  const states = search === undefined ? [] : [printedSearch(search)]
  return [...types, ...refusals.map(printedRefusal), ...states].join('\n\n')
}

/** A result for a program. States are texts, as a person would see them. */
export function asJson({ faults, refusals, search }: CheckResult): string {
  const withoutBytes = search && { ...search, state: undefined }
  const refused = refusals.map(({ code, message, expected, received }) => {
    return { code, message, expected, received }
  })
  return JSON.stringify({ faults, refusals: refused, search: withoutBytes }, undefined, 2)
}

/** 0 when everything fits, 1 when something does not, 2 when the check could not tell. */
export function exitCodeOf({ faults, refusals, search }: CheckResult): 0 | 1 | 2 {
  if (faults.length > 0 || refusals.length > 0 || search?.kind === 'fault') return 1
  return search?.kind === 'untried' ? 2 : 0
}

/** Where moult itself lies, built or not. */
const own = fileURLToPath(new URL('../../', import.meta.url)).replace(/dist[\\/]$/, '')

/** Frames of the user's code, without those of moult and of the search below it. */
function framesOf(stack: string): string[] {
  const frames = stack.split('\n').filter((line) => /^ +at /.test(line))
  const end = frames.findIndex((frame) => {
    return frame.includes(path.join(own, 'workers')) || frame.includes('/node_modules/fast-check/')
  })
  return end < 0 ? frames : frames.slice(0, end)
}

function printedRefusal({ code, message, expected, received }: MoultError): string {
  return `plan: ${code}: ${message}\nexpected: ${expected ?? ''}\nreceived: ${received ?? ''}`
}

function printedSearch(result: SearchResult): string {
  const { seed, runs, discarded, sources } = result
  const tried = `${runs} states tried (from ${sources.join(', ') || 'nothing'}; ${discarded} made up and refused by the old schema; seed ${seed})`
  if (result.kind === 'untried') return `search: nothing was tried: ${result.reason}`
  if (result.kind === 'none') {
    const end = result.isCutShort ? ' before the time was over' : ''
    return `search: no fault found${end}\n${tried}`
  }
  const { fault, printed: state = 'too large to be shown', detail } = result
  const unsaid = detail.paths.filter((each) => !detail.message.includes(each))
  const paths = unsaid.length === 0 ? '' : ` at ${unsaid.join(', ')}`
  const at = framesOf(detail.stack ?? '')
    .map((frame) => `\n${frame}`)
    .join('')
  return `search: ${fault}${paths}: ${detail.message}${at}\nthe smallest state found: ${state}\n${tried}`
}
