import { buildSync } from 'esbuild'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import type { Entered } from './coverage.ts'
import { CHANNEL } from './probe.ts'
import type { FromProbe } from './probe.ts'

/** A thread that has not answered by then was ended from outside, and could not say so. */
const GONE_MS = 5_000

/** The threads of this process, each with a probe that counts what it enters. */
export class Threads {
  readonly #channel = new BroadcastChannel(CHANNEL)
  readonly #alive = new Set<number>()
  /** What has been told since it was last asked for, by thread. */
  #told = new Map<number, Entered[]>()
  #unanswered = new Set<number>()
  #onAnswered: (() => void) | undefined

  /** Every thread that starts from now on gets a probe, which is built into `folder`. */
  constructor(folder: string) {
    const outfile = path.join(folder, 'probe.cjs')
    const source = fileURLToPath(new URL('./probe.ts', import.meta.url))
    buildSync({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'cjs' })
    process.env['NODE_OPTIONS'] = `--require ${outfile}`
    this.#channel.onmessage = (event: unknown) => {
      this.#receive((event as { readonly data: FromProbe }).data)
    }
  }

  /** What each thread has entered since the last call, also one that has ended since. */
  async take(): Promise<ReadonlyMap<number, readonly Entered[]>> {
    this.#unanswered = new Set(this.#alive)
    if (this.#unanswered.size > 0) {
      const answered = new Promise<void>((resolve) => (this.#onAnswered = resolve))
      this.#channel.postMessage('take')
      await Promise.race([answered, sleep(GONE_MS)])
      for (const thread of this.#unanswered) this.#alive.delete(thread)
    }
    const told = this.#told
    this.#told = new Map()
    return told
  }

  close(): void {
    this.#channel.close()
  }

  #receive({ thread, type, entered }: FromProbe): void {
    if (type === 'born') this.#alive.add(thread)
    if (type === 'ended') this.#alive.delete(thread)
    if (type !== 'born') this.#told.set(thread, [...(this.#told.get(thread) ?? []), ...entered])
    // One that was asked may have ended instead of answering.
    if (type !== 'born') this.#unanswered.delete(thread)
    if (this.#unanswered.size === 0) this.#onAnswered?.()
  }
}
