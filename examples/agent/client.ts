import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

/** Asks over HTTP. The words of the answer, as they come; to leave the loop closes the connection. */
export async function* ask(url: string, question: string) {
  const { body } = await fetch(url, { method: 'POST', body: question })
  const input = Readable.fromWeb(body!)
  try {
    yield* createInterface({ input })
  } finally {
    input.destroy()
  }
}
