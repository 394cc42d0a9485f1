import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { reportMemory } from './report.ts'
import { writeModule } from './service.ts'

/** A thread for each version, started and ended as moult does it, with one spare. Runs in a process of its own. */
const swaps = Number(process.argv[2])
const directory = mkdtempSync(path.join(tmpdir(), 'moult-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

const thread = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', async (url) => {
  if (url === undefined) return setImmediate(() => process.exit(0))
  const { codeChange, step } = await import(url)
  parentPort.postMessage(step(codeChange({ count: 0 })))
})`
const start = (): Worker => new Worker(thread, { eval: true })

let serving: Worker | undefined
let spare = start()
for (let version = 1; version <= swaps; version++) {
  const file = path.join(directory, `service-${version}.mjs`)
  writeModule(file, version)
  const next = spare
  next.postMessage(pathToFileURL(file).href)
  await once(next, 'message')
  if (serving !== undefined) await end(serving)
  serving = next
  spare = start()
  rmSync(file)
  reportMemory(version)
}
for (const each of [serving, spare]) await each?.terminate()

async function end(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit')
  worker.postMessage(undefined)
  await exited
}
