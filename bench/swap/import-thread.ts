import { parentPort } from 'node:worker_threads'
import type { VersionModule } from './swappable.ts'

export type ToImporter = 'ping' | { readonly url: string; readonly size?: number }

let version: VersionModule
let state: unknown

parentPort!.on('message', (message: ToImporter) => {
  if (message === 'ping') parentPort!.postMessage(version.ping(state as never))
  else void swap(message.url, message.size)
})

/** The old module stays in memory: nothing can unload it. */
async function swap(url: string, size: number | undefined): Promise<void> {
  version = (await import(url)) as VersionModule
  state = size === undefined ? version.codeChange(state as never) : version.init!(size)
  parentPort!.postMessage('swapped')
}
