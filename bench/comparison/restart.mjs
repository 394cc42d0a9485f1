// Restarts Node under load, as a supervisor of the system would: stop, then start the new file.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { drive } from './client.mjs'

async function start() {
  const server = fork(new URL('./counter-server.mjs', import.meta.url))
  await once(server, 'message')
  return server
}

const first = await start()
const stop = new AbortController()
const driving = drive(stop.signal)
await pause(2000)
first.kill()
await once(first, 'exit')
const second = await start()
await pause(2000)
stop.abort()
console.log(await driving)
second.kill()
