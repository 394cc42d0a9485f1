import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { reportMemory } from './report.ts'
import { writeModule } from './service.ts'

/** Imports one file again and again with another query, each time with other bytes. Runs in a process of its own. */
interface Service {
  readonly codeChange: (old: { count: number }) => { count: number }
  readonly step: (state: { count: number }) => number
}

const imports = Number(process.argv[2])
const directory = mkdtempSync(path.join(tmpdir(), 'moult-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const file = path.join(directory, 'service.mjs')
let state = { count: 0 }

for (let version = 1; version <= imports; version++) {
  writeModule(file, version)
  const service = (await import(`${pathToFileURL(file).href}?v=${version}`)) as Service
  state = service.codeChange(state)
  service.step(state)
  reportMemory(version)
}
