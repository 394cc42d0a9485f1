import { mkdirSync, writeFileSync } from 'node:fs'
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
import { measureScale } from './scale/measure.ts'
import { measureSwaps } from './swap/measure.ts'
import { compareWithTargets } from './targets.ts'

const usage = `npm run bench -- [options]
  --only messages|swap|load|memory|scale|encoders   one part
  --quick                                           few samples, to see that it works; the figures mean nothing`

const parts = ['messages', 'swap', 'load', 'memory', 'scale', 'encoders']
const { only, quick } = readOptions()

const results: Results = {
  machine: describeMachine(),
  messages: await part('messages', measureMessages),
  swap: await part('swap', measureSwaps),
  load: await part('load', measureLoads),
  memory: await part('memory', measureMemory),
  scale: await part('scale', measureScale),
  encoders: await part('encoders', measureEncoders),
}
console.log(`\n${printResults(results)}`)
write()

async function part<Result>(
  name: string,
  measure: (quick: boolean) => Promise<Result[]>,
): Promise<Result[]> {
  if (only !== undefined && only !== name) return []
  console.error(`measuring ${name} …`)
  return measure(quick)
}

/** Only a whole run is kept under version control. */
function write(): void {
  const isWhole = only === undefined && !quick
  const folder = new URL(isWhole ? './results/' : './results/local/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const json = { ...results, targets: compareWithTargets(results) }
  writeFileSync(new URL('bench.json', folder), `${JSON.stringify(json, undefined, 2)}\n`)
  writeFileSync(new URL('bench.svg', folder), drawResults(results))
  console.log(`\nwritten to ${fileURLToPath(folder)}bench.json and bench.svg`)
}

function readOptions(): { readonly only: string | undefined; readonly quick: boolean } {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
    })
    if (values.only !== undefined && !parts.includes(values.only)) {
      throw new Error(`--only should be one of ${parts.join(', ')}, but is ${values.only}`)
    }
    return { only: values.only, quick: values.quick }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(1)
  }
}
