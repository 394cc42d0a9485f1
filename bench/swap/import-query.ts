import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import type { ToImporter } from './import-thread.ts'
import type { Swap, Swappable } from './swappable.ts'

/** What people do today, 2: `import('?v=n')` in the thread that has the state. Nothing moves, and nothing is ever unloaded. */
class ImportQuery implements Swappable {
  readonly name = "import('?v=n')"
  readonly #worker: Worker
  readonly #files: readonly [string, string]
  readonly #waiting: ((pings: number) => void)[] = []
  #swaps = 0
  #swapped: ((swap: Swap) => void) | undefined

  constructor(worker: Worker, files: readonly [string, string]) {
    this.#worker = worker
    this.#files = files
    worker.on('message', (message: number | 'swapped') => {
      if (message === 'swapped') this.#swapped?.({})
      else this.#waiting.shift()!(message)
    })
  }

  ping(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#worker.postMessage('ping' satisfies ToImporter)
    })
  }

  swap(): Promise<Swap> {
    const file = this.#files[++this.#swaps % 2 === 0 ? 0 : 1]
    const url = `${pathToFileURL(file).href}?v=${this.#swaps}`
    return new Promise((resolve) => {
      this.#swapped = resolve
      this.#worker.postMessage({ url } satisfies ToImporter)
    })
  }

  close(): Promise<unknown> {
    return this.#worker.terminate()
  }
}

export async function openImportQuery(size: number): Promise<Swappable> {
  const script = await threadFile(new URL('./import-thread.ts', import.meta.url))
  const v1 = await threadFile(new URL('./v1.ts', import.meta.url))
  const v2 = await threadFile(new URL('./v2.ts', import.meta.url))
  const worker = new Worker(script, threadOptions)
  worker.postMessage({ url: pathToFileURL(v1).href, size } satisfies ToImporter)
  await once(worker, 'message')
  return new ImportQuery(worker, [v1, v2])
}
