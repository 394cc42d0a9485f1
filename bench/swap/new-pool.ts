import { Piscina } from 'piscina'
import { pathToFileURL } from 'node:url'
import { threadFile, threadOptions } from '../thread-file.ts'
import type { PoolTask } from './pool-task.ts'
import type { Swap, Swappable } from './swappable.ts'

/** What people do today, 1: a new Piscina on the new file, the state handed over by hand, the old pool destroyed. */
class NewPool implements Swappable {
  readonly name = 'new Piscina'
  readonly #open: (version: 1 | 2) => Piscina
  #version: 1 | 2 = 1
  #pool: Piscina
  /** Settled while pings may go to the pool. */
  #ready: Promise<unknown> = Promise.resolve()
  #pinging: Promise<unknown> = Promise.resolve()

  constructor(open: (version: 1 | 2) => Piscina) {
    this.#open = open
    this.#pool = open(1)
  }

  async init(size: number): Promise<void> {
    await run(this.#pool, { do: 'init', size })
  }

  async ping(): Promise<number> {
    await this.#ready
    const pinging = run(this.#pool, { do: 'ping' })
    this.#pinging = pinging
    return (await pinging) as number
  }

  async swap(): Promise<Swap> {
    this.#version = this.#version === 1 ? 2 : 1
    const [old, next] = [this.#pool, this.#open(this.#version)]
    // The new thread runs before the old one stands still.
    await run(next, { do: 'leave' })
    this.#ready = this.#handOver(old, next)
    await this.#ready
    await old.destroy()
    return {}
  }

  close(): Promise<unknown> {
    return this.#pool.destroy()
  }

  async #handOver(old: Piscina, next: Piscina): Promise<void> {
    await this.#pinging
    const state = await run(old, { do: 'leave' })
    await run(next, { do: 'enter', state })
    this.#pool = next
  }
}

function run(pool: Piscina, task: PoolTask): Promise<unknown> {
  return pool.run(task) as Promise<unknown>
}

export async function openNewPool(size: number): Promise<Swappable> {
  const filename = await threadFile(new URL('./pool-task.ts', import.meta.url))
  const files = {
    1: await threadFile(new URL('./v1.ts', import.meta.url)),
    2: await threadFile(new URL('./v2.ts', import.meta.url)),
  }
  const pool = new NewPool((version) => {
    const workerData = pathToFileURL(files[version]).href
    return new Piscina({ ...threadOptions, filename, workerData, minThreads: 1, maxThreads: 1 })
  })
  await pool.init(size)
  return pool
}
