import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureLoads } from './load/measure.ts'
import { measureMemory } from './memory/measure.ts'
import { measureMessages } from './messages/measure.ts'
import { measureEncoders } from './encoders/measure.ts'
import { drawResults } from './plot/results.ts'
import { printResults } from './print.ts'
import { describeMachine } from './results.ts'
import type { Results } from './results.ts'
import { measureBuffers, measureScale } from './scale/measure.ts'
import { measureSwaps } from './swap/measure.ts'
import { compareWithTargets } from './targets.ts'

const usage = `npm run bench -- [options]
  --only messages|swap|load|memory|scale|encoders   one part
  --only buffers                                    of scale, the states of large buffers
  --keep                                            with --only: the other parts stay as they were last written
  --quick                                           few samples, to see that it works; the figures mean nothing`

const parts = ['messages', 'swap', 'load', 'memory', 'scale', 'buffers', 'encoders']
const { only, keep, quick } = readOptions()
const folder = new URL(isKept() ? './results/' : './results/local/', import.meta.url)
const before = keep ? readBefore() : undefined

const results: Results = {
  machine: describeMachine(),
  messages: await part('messages', measureMessages),
  swap: await part('swap', measureSwaps),
  load: await part('load', measureLoads),
  memory: await part('memory', measureMemory),
  scale: only === 'buffers' ? await measureBuffers(quick) : await part('scale', measureScale),
  encoders: await part('encoders', measureEncoders),
}
console.log(`\n${printResults(results)}`)
write()

async function part<Name extends Exclude<keyof Results, 'machine'>>(
  name: Name,
  measure: (quick: boolean) => Promise<Results[Name]>,
): Promise<Results[Name]> {
  if (only !== undefined && only !== name) return before?.[name] ?? ([] as Results[Name])
  console.error(`measuring ${name} …`)
  return measure(quick)
}

/** Only whole runs, and parts of one, are kept under version control. */
function isKept(): boolean {
  return !quick && only !== 'buffers' && (only === undefined || keep)
}

function readBefore(): Partial<Results> {
  const file = new URL('./results/bench.json', import.meta.url)
  // JSON has no NaN: what does not exist was written as null.
  const given = (_key: string, value: unknown): unknown => (value === null ? undefined : value)
  return JSON.parse(readFileSync(file, 'utf8'), given) as Partial<Results>
}

function write(): void {
  mkdirSync(folder, { recursive: true })
  const json = { ...results, targets: compareWithTargets(results) }
  writeFileSync(new URL('bench.json', folder), `${JSON.stringify(json, undefined, 2)}\n`)
  writeFileSync(new URL('bench.svg', folder), drawResults(results))
  console.log(`\nwritten to ${fileURLToPath(folder)}bench.json and bench.svg`)
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        keep: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
      },
    })
    if (values.only !== undefined && !parts.includes(values.only)) {
      throw new Error(`--only should be one of ${parts.join(', ')}, but is ${values.only}`)
    }
    return values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(1)
  }
}
