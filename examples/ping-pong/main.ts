// The ping server of a 2014 report on hot reloading in Cloud Haskell, upgraded while it is being pinged.
import { createRuntime } from 'moult'
import type pingV1 from './ping-v1.ts'
import type pingV2 from './ping-v2.ts'

await using runtime = await createRuntime()
const code = await runtime.load<typeof pingV1>(new URL('./ping-v1.ts', import.meta.url))
const server = await code.spawn({ name: 'ping-server' })

let isUpgraded = false

/** Three clients ping again as soon as they have their pong. */
const clients = ['Ann', 'Bob', 'Cho'].map(async (name) => {
  let pings = 0
  for (let isLast = false; !isLast; pings++) {
    isLast = isUpgraded
    console.log(await server.call('ping', name))
  }
  return pings
})

const report = await code.upgrade<typeof pingV2>(new URL('./ping-v2.ts', import.meta.url))
isUpgraded = true
console.log(`--- upgraded from ${report.from.version} to ${report.to.version}:`)
console.log(
  `    it stood still for ${report.pauseMs.toFixed(1)} ms, ${report.messagesHeld} pings waited ---`,
)

const sent = (await Promise.all(clients)).reduce((sum, pings) => sum + pings)
const { pings } = await server.state()
console.log(`${sent} pings sent, ${pings} counted`)
process.exitCode = sent === pings ? 0 : 1
