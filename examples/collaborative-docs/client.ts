import { once } from 'node:events'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

/** How long to wait for words that may have been lost. */
const LIMIT_MS = 30_000

/** Somebody who writes: a Y.Doc of their own, and a socket to the server. */
export class Client {
  readonly name: string
  readonly #doc = new Y.Doc()
  readonly #socket: WebSocket
  #written = 0
  #closed = 0

  private constructor(name: string, socket: WebSocket) {
    this.name = name
    this.#socket = socket
    socket.on('message', (update) => Y.applyUpdate(this.#doc, update as Buffer, socket))
    socket.on('close', () => this.#closed++)
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== socket) socket.send(update)
    })
  }

  static async connect(name: string, url: string): Promise<Client> {
    const client = new Client(name, new WebSocket(url))
    await once(client.#socket, 'open')
    return client
  }

  get text(): string {
    return this.#doc.getText('body').toJSON()
  }

  get written(): number {
    return this.#written
  }

  get isConnected(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#closed === 0
  }

  /** Writes one word, such as `ada7`, in the middle of what there is. */
  write(): void {
    const words = this.text.split(' ')
    const at = words.slice(0, words.length / 2).join(' ').length
    this.#doc.getText('body').insert(at, ` ${this.name}${++this.#written}`)
  }

  /** Settled when the text has so many words. */
  async has(words: number): Promise<void> {
    const signal = AbortSignal.timeout(LIMIT_MS)
    while (wordsOf(this.text).length < words) await once(this.#socket, 'message', { signal })
  }

  async close(): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

export function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
