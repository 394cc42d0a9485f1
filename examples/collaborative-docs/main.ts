// Two people write in one document, over WebSockets, while its code and the shape of its state are replaced.
import { createRuntime } from 'moult'
import { setTimeout } from 'node:timers/promises'
import { checkTable, exactly } from '../check.ts'
import { Client, wordsOf } from './client.ts'
import type documentV1 from './document-v1.ts'
import type documentV2 from './document-v2.ts'
import { serve, urlOf } from './server.ts'

const WORDS = 20

await using runtime = await createRuntime()
const code = await runtime.load<typeof documentV1>(new URL('./document-v1.ts', import.meta.url))
const minutes = await code.spawn({ name: 'minutes' })
const server = await serve(minutes)
const ada = await Client.connect('ada', urlOf(server))
const bob = await Client.connect('bob', urlOf(server))
const clients = [ada, bob]

let isUpgraded = false

/** Both write some words before the upgrade, during it and after it. */
const writing = clients.map(async (client) => {
  for (let after = 0; after < WORDS; after += isUpgraded ? 1 : 0) {
    client.write()
    await setTimeout(5)
  }
})

await ada.has(WORDS)
const report = await code.upgrade<typeof documentV2>(new URL('./document-v2.ts', import.meta.url))
isUpgraded = true
await Promise.all(writing)

const written = ada.written + bob.written
await Promise.all(clients.map((client) => client.has(written)))
const words = wordsOf(ada.text)
const late = await Client.connect('cho', urlOf(server))
await late.has(written)

console.log(`${report.from.version} to ${report.to.version} while ${written} words were written;`)
console.log(`the document stood still for ${report.pauseMs.toFixed(1)} ms\n`)
const checks = [
  exactly('words that were lost', written - new Set(words).size, 0),
  exactly('words that are there twice', words.length - new Set(words).size, 0),
  exactly(
    'clients whose text differs',
    [bob, late].filter(({ text }) => text !== ada.text).length,
    0,
  ),
  exactly('sockets that were closed', clients.filter(({ isConnected }) => !isConnected).length, 0),
  exactly(
    'threads of 1.0.0 that exited',
    report.processes.filter(({ oldThread }) => oldThread?.exitCode === 0).length,
    1,
  ),
]
console.log(checkTable(checks))

await Promise.all([...clients, late].map((client) => client.close()))
server.close()
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1
