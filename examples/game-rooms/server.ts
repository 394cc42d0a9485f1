import type { Code, Runtime } from 'moult'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type room from './room-v1.ts'

/** Players connect to `/room/name`, send a message for each step, and are sent each frame of their room. */
export async function serve(runtime: Runtime, code: Code<typeof room>): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const players = new Map<string, Set<WebSocket>>()

  code.on('frame', (frame, { name }) => {
    const text = JSON.stringify(frame)
    for (const socket of players.get(name) ?? []) socket.send(text)
  })
  server.on('connection', (socket: WebSocket, { url = '' }: IncomingMessage) => {
    const [, name = '', player = ''] = url.split('/')
    const entered = runtime.whereis<typeof room>(name)
    if (entered === undefined) return socket.close()
    players.set(name, (players.get(name) ?? new Set()).add(socket))
    socket.on('close', () => players.get(name)?.delete(socket))
    socket.on('message', () => entered.cast('step', player))
    void entered.call('join', player)
  })
  return server
}

export function urlOf(server: WebSocketServer): string {
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}
