// Imports an edited module again under another name, which is all that Node itself offers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const folder = mkdtempSync(path.join(tmpdir(), 'reimport-'))
const file = path.join(folder, 'counter.mjs')
const source = (label) => `
export let count = 0
export const label = '${label}'
export const increment = () => ++count
export let ticks = 0
export const timer = setInterval(() => ticks++, 10)
`

writeFileSync(file, source('v1'))
const first = await import(pathToFileURL(file).href)
first.increment()
first.increment()

writeFileSync(file, source('v2'))
const same = await import(pathToFileURL(file).href)
console.log('imported again by its name:', same.label)
const second = await import(`${pathToFileURL(file).href}?v=2`)
console.log('imported again with ?v=2:', second.label, 'count', second.count)

const before = first.ticks
await pause(200)
console.log(
  'the old version:',
  first.label,
  'count',
  first.count,
  'its timer still runs:',
  first.ticks > before,
)

writeFileSync(file, 'export const half =')
const error = await import(`${pathToFileURL(file).href}?v=3`).catch((reason) => reason)
console.log('half an edit:', error.name)
clearInterval(first.timer)
clearInterval(second.timer)
rmSync(folder, { recursive: true })
