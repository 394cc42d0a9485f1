import type { ProcessRef } from 'moult'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type document from './document-v1.ts'

/** Serves one document to all who connect. Sockets stay here, on the main thread, whatever becomes of the code. */
export async function serve(minutes: ProcessRef<typeof document>): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')

  minutes.on('update', (update) => {
    for (const socket of server.clients) socket.send(update)
  })
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (update) => minutes.cast('edit', update as Buffer))
    void minutes.call('content').then((content) => socket.send(content))
  })
  return server
}

export function urlOf(server: WebSocketServer): string {
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}
