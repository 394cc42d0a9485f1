// Edits a module that Vite runs on the server: the state is handed over as it is, whatever shape the new code expects.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer } from 'vite'

const root = mkdtempSync(path.join(tmpdir(), 'vite-counter-'))
const file = path.join(root, 'counter.js')
const source = (label, field) => `
export const label = '${label}'
export const state = import.meta.hot?.data.state ?? { ${field}: 0 }
export const increment = () => ++state.${field}
import.meta.hot?.dispose((data) => { data.state = state })
import.meta.hot?.accept((next) => { if (next) globalThis.current = next })
`

writeFileSync(file, source('v1', 'count'))
const settings = { middlewareMode: true, ws: false, watch: { usePolling: true, interval: 50 } }
const server = await createServer({ root, logLevel: 'silent', appType: 'custom', server: settings })
globalThis.current = await server.environments.ssr.runner.import('/counter.js')
const say = (what) => console.log(`${what}:`, current.label, current.increment(), current.state)
current.increment()
say('before an edit')

await save(source('v2', 'count'), 'v2')
say('another line of code')
await save(source('v3', 'total'), 'v3')
say('another shape of state')
writeFileSync(file, `${source('v4', 'total')}throw new Error('broken')`)
await pause(1000)
say('a module that throws')

await server.close()
rmSync(root, { recursive: true })

async function save(text, label) {
  await pause(500)
  writeFileSync(file, text)
  for (let tries = 0; current.label !== label && tries < 200; tries++) await pause(50)
}
