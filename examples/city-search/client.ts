import type { FromClient, ToClient } from './client-messages.ts'
import { Load } from './load.ts'
import { Questions } from './questions.ts'

/** The load client: a process of its own, so that it measures the server's pauses and not its own share in them. */

/** Questions that are asked at once. */
const ASKERS = 4

let load: Load | undefined

process.on('message', (message: ToClient) => {
  handle(message).catch((error: unknown) => tell({ type: 'failed', reason: String(error) }))
})
// Nobody is left to report to.
process.on('disconnect', () => process.exit(0))

async function handle(message: ToClient): Promise<void> {
  switch (message.type) {
    case 'ask':
      tell({ type: 'answers', answers: await ask(message.url, message.count) })
      return
    case 'load':
      load = new Load(message.url)
      setInterval(() => tell({ type: 'progress', answered: load?.answered ?? 0 }), 250).unref()
      return
    case 'finish':
      if (load === undefined) throw new Error('there is no load to finish')
      tell({ type: 'tally', tally: await load.finish() })
  }
}

/** The answers to the same questions each time: half of them searches, half places. */
async function ask(url: string, count: number): Promise<string[]> {
  const questions = new Questions(1987)
  const paths = Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? questions.search() : questions.nearest(),
  )
  const answers: string[] = []
  const next = paths.entries()
  const asker = async (): Promise<void> => {
    for (const [index, path] of next) {
      const response = await fetch(new URL(path, url))
      if (!response.ok) throw new Error(`${path} was answered with ${response.status}`)
      answers[index] = await response.text()
    }
  }
  await Promise.all(Array.from({ length: ASKERS }, asker))
  return answers
}

function tell(message: FromClient): void {
  process.send?.(message)
}
