import type { ProcessRef } from 'moult'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type agent from './agent-v1.ts'

/** A question is posted, and its answer streams back, one line a word. A client that leaves ends the answer. */
export async function serve(bot: ProcessRef<typeof agent>): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request)
      .then((question) => pipeline(lines(bot.stream('answer', question)), response))
      .catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function* lines(words: AsyncIterable<string>) {
  for await (const word of words) yield `${word}\n`
}

export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
