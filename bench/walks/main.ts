import type * as Moult from 'moult'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Attribution } from './attribution.ts'
import { Coverage } from './coverage.ts'
import { SPARES, measures } from './measure.ts'
import type { Measured } from './measure.ts'
import { printEntered, printWalks } from './print.ts'
import { Programs } from './programs.ts'
import { Threads } from './threads.ts'

const usage = `npm run walks -- [options] [DIST]
  DIST            the built package whose functions are counted; this one's without it
  --list          name the functions too
  --processes N   how many go through a rolling upgrade (1000)
  --repeats N     of so many walks the one in the middle is told (3)`

// What has been optimised, and what is inlined there, is not counted.
setFlagsFromString('--no-opt')

const { dist, list, processes, repeats } = readOptions()
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'walks-')))
const threads = new Threads(folder)
const measured = await measure()
threads.close()
rmSync(folder, { recursive: true })
if (list) for (const each of measured) console.log(printEntered(each))
console.log(printWalks(measured))

async function measure(): Promise<Measured[]> {
  const index = pathToFileURL(path.join(dist, 'src/index.js')).href
  const { createRuntime } = (await import(index)) as Pick<typeof Moult, 'createRuntime'>
  const programs = new Programs(folder)
  const means = { coverage: new Coverage(), threads, attribution: new Attribution(dist) }
  const walks: Measured[] = []
  for (const each of measures) {
    const runtime = await createRuntime({ warmSpares: SPARES })
    walks.push(await each({ runtime, programs, means, repeats }, processes))
    await runtime.close()
  }
  return walks
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        list: { type: 'boolean', default: false },
        processes: { type: 'string', default: '1000' },
        repeats: { type: 'string', default: '3' },
      },
      allowPositionals: true,
    })
    const own = new URL('../../dist', import.meta.url).pathname
    return {
      dist: realpathSync(positionals[0] ?? own),
      list: values.list,
      processes: Number(values.processes),
      repeats: Number(values.repeats),
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(1)
  }
}
