// Asks the server for the given seconds and says how many answers came, how many requests failed, and how often the count fell.
import { get } from 'node:http'
import { pathToFileURL } from 'node:url'

const CLIENTS = 4
const port = Number(process.env.PORT ?? 4567)

function ask() {
  return new Promise((resolve, reject) => {
    const request = get({ port, agent: false, timeout: 2000 }, (response) => {
      response.toArray().then((parts) => resolve(Number(parts.join(''))), reject)
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer')))
  })
}

/** Asks until the signal is aborted. */
export async function drive(signal) {
  const found = { answers: 0, failed: 0, lastCount: 0, timesTheCountBeganAgain: 0 }
  const client = async () => {
    while (!signal.aborted) {
      try {
        const count = await ask()
        if (count === 1 && found.answers > 0) found.timesTheCountBeganAgain++
        found.lastCount = count
        found.answers++
      } catch {
        found.failed++
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return found
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await drive(AbortSignal.timeout(1000 * Number(process.argv[2] ?? 10))))
}
