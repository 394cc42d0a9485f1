import { table } from '../table.ts'
import type { Measured } from './measure.ts'
import { entriesOf, filesOf } from './walk.ts'
import type { Walked } from './walk.ts'

const heading = ['walk', 'side', 'files', 'functions', 'entries', 'per process']

export function printWalks(measured: readonly Measured[]): string {
  const rows = measured.flatMap(({ name, processes, main, threads }) => [
    row(name, 'main', main, processes),
    row('', 'threads', threads, processes),
    row('', 'both', [...main, ...threads], processes),
  ])
  return table(heading, rows, 2)
}

function row(name: string, side: string, walked: Walked, processes: number): string[] {
  const entries = entriesOf(walked)
  const figures = [filesOf(walked).size, walked.length, entries, Math.round(entries / processes)]
  return [name, side, ...figures.map(String)]
}

/** The functions of each side, by file. */
export function printEntered({ name, main, threads }: Measured): string {
  const sides = Object.entries({ main, threads }).map(([side, walked]) => {
    const files = [...filesOf(walked)].sort()
    return `${name}, ${side}:\n${files.map((file) => printFile(file, walked)).join('\n')}\n`
  })
  return sides.join('\n')
}

function printFile(file: string, walked: Walked): string {
  const own = walked.filter((each) => each.file === file)
  const names = own.map(({ name, entries }) => `${name || '=>'} ${entries}`)
  return `  ${file} (${entriesOf(own)}): ${names.join(', ')}`
}
