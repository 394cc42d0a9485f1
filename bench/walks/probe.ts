import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import type { Entered } from './coverage.ts'

/** The channel between main and the probes. */
export const CHANNEL = 'moult-walks'

/** What a probe says: at its thread's birth, when it is asked, and at the thread's end. */
export interface FromProbe {
  readonly thread: number
  readonly type: 'born' | 'taken' | 'ended'
  readonly entered: readonly Entered[]
}

/** Node loads this file in each thread before anything else runs there. */
function probe(): void {
  const coverage = new Coverage()
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  const tell = (type: FromProbe['type'], entered: readonly Entered[]): void => {
    channel.postMessage({ thread: threadId, type, entered } satisfies FromProbe)
  }
  channel.onmessage = (event: unknown) => {
    const { data } = event as { readonly data: unknown }
    if (data === 'take') tell('taken', coverage.take())
  }
  process.on('exit', () => tell('ended', coverage.take()))
  tell('born', [])
}

if (!isMainThread) probe()
