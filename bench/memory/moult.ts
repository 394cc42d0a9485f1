import type * as Moult from 'moult'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { reportMemory } from './report.ts'
import { labelOf, writeDefinition } from './service.ts'

/**
 * Upgrades one process again and again, each time to a version that was never seen before. Keeps all versions, or
 * purges all but the one that runs and the one before. Runs in a process of its own.
 */
const [swaps, moult, directory, kept] = process.argv.slice(2) as [string, string, string, string]
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
  if (kept === 'two' && version > 1) await code.softPurge(labelOf(version - 2))
  reportMemory(version)
}
await runtime.close()
