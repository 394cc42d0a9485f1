import { deserialize, serialize } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { sharedNow } from './swappable.ts'
import type { VersionModule } from './swappable.ts'

export interface FloorStart {
  /** Of the version's module. */
  readonly url: string
  /** A small state of the other version, as bytes. */
  readonly sample: Uint8Array
}

export type ToFloor =
  | 'ping'
  | { readonly type: 'init'; readonly size: number }
  | { readonly type: 'leave' }
  | { readonly type: 'enter'; readonly bytes: Uint8Array }

export type FromFloor =
  | number
  | { readonly type: 'state'; readonly bytes: Uint8Array; readonly stoppedAt: number }
  | { readonly type: 'ready'; readonly readyAt: number }

const { url, sample } = workerData as FloorStart
const version = (await import(url)) as VersionModule
let state: unknown

// Whoever swaps by hand and measures it finds that a thread's first decoding is slow, and has it done before it counts.
for (let i = 0; i < 5; i++) version.codeChange(deserialize(sample) as never)

parentPort!.on('message', (message: ToFloor) => {
  if (message === 'ping') say(version.ping(state as never))
  else if (message.type === 'leave') leave()
  else if (message.type === 'enter') enter(message.bytes)
  else state = version.init!(message.size)
})
say(0)

function leave(): void {
  const stoppedAt = sharedNow()
  const bytes = serialize(state)
  say({ type: 'state', bytes, stoppedAt }, [bytes.buffer])
}

function enter(bytes: Uint8Array): void {
  state = version.codeChange(deserialize(bytes) as never)
  say({ type: 'ready', readyAt: sharedNow() })
}

function say(message: FromFloor, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer)
}
