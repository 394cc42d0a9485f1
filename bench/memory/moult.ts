import type * as Moult from 'moult'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { reportMemory } from './report.ts'
import { writeDefinition } from './service.ts'

/** Upgrades one process again and again, each time to a version that was never seen before. Runs in a process of its own. */
const [swaps, moult, directory] = process.argv.slice(2) as [string, string, string]
const { createRuntime } = (await import(moult)) as typeof Moult
// Inside the package, for the definition imports it by name.
const file = path.join(directory, `service-${process.pid}.mjs`)
process.on('exit', () => rmSync(file, { force: true }))

interface Service {
  readonly version: string
  readonly init: () => { count: number }
  readonly calls: { readonly step: (state: { count: number }) => number }
}

writeDefinition(file, 0)
const runtime = await createRuntime()
const code = await runtime.load<Service>(file)
const service = await code.spawn()
for (let version = 1; version <= Number(swaps); version++) {
  writeDefinition(file, version)
  await code.upgrade<Service>(file)
  await service.call('step')
  reportMemory(version)
}
await runtime.close()
