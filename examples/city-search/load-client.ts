import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FromClient, Tally, ToClient } from './client-messages.ts'

type Message<Type extends FromClient['type']> = Extract<FromClient, { type: Type }>

/** The load client seen from the main process. */
export class LoadClient implements AsyncDisposable {
  readonly #child = fork(fileURLToPath(new URL('./client.ts', import.meta.url)), {
    serialization: 'advanced',
  })
  readonly #url: string
  /** Rejects when the client fails or leaves too early. */
  readonly #failed: Promise<never>
  #answered = 0

  constructor(url: string) {
    this.#url = url
    this.#failed = new Promise((_resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('exit', (code, signal) =>
        reject(new Error(`the load client left with ${signal ?? code}`)),
      )
      this.#child.on('message', (message: FromClient) => {
        if (message.type === 'failed') reject(new Error(`the load client: ${message.reason}`))
        if (message.type === 'progress') this.#answered = message.answered
      })
    })
    this.#failed.catch(() => undefined)
  }

  /** How many requests of the load have been answered. */
  get answered(): number {
    return this.#answered
  }

  /** The server's answers to `count` questions taken from the data, always the same questions. */
  async ask(count: number): Promise<readonly string[]> {
    this.#tell({ type: 'ask', url: this.#url, count })
    return (await this.#hear('answers')).answers
  }

  /** Starts the load. */
  load(): void {
    this.#tell({ type: 'load', url: this.#url })
  }

  /** Ends the load when every request has its reply. */
  async finish(): Promise<Tally> {
    this.#tell({ type: 'finish' })
    return (await this.#hear('tally')).tally
  }

  /** Lets the load go on for a while; rejects when the client fails in it. */
  async goOn(ms: number): Promise<void> {
    await Promise.race([setTimeout(ms), this.#failed])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  #tell(message: ToClient): void {
    this.#child.send(message)
  }

  async #hear<Type extends FromClient['type']>(type: Type): Promise<Message<Type>> {
    const heard = new Promise<Message<Type>>((resolve) => {
      const listen = (message: FromClient): void => {
        if (message.type !== type) return
        this.#child.off('message', listen)
        resolve(message as Message<Type>)
      }
      this.#child.on('message', listen)
    })
    return Promise.race([heard, this.#failed])
  }
}
