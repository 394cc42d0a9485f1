import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import type { FloorStart, FromFloor, ToFloor } from './floor-thread.ts'
import type { Swap, Swappable } from './swappable.ts'
import * as v1 from './v1.ts'
import * as v2 from './v2.ts'

/**
 * The bare floor: a swap between two warm threads by hand, with nothing that is not needed for it. State goes as
 * transferred bytes, messages that arrive meanwhile follow right behind it. No checks, no errors, no way back.
 */
export class Floor implements Swappable {
  readonly name: string = 'floor'
  readonly #start: (version: 1 | 2) => Promise<Worker>
  #version: 1 | 2 = 1
  #old: Worker
  #next: Worker
  /** Replies come in the order of the pings, also across a swap. */
  #waiting: ((pings: number) => void)[] = []
  #held = 0
  #isSwapping = false
  #stoppedAt = 0
  #swapped: ((swap: Swap) => void) | undefined
  #prepared: Promise<void> | undefined = Promise.resolve()

  constructor(start: (version: 1 | 2) => Promise<Worker>, old: Worker, next: Worker) {
    this.#start = start
    this.#old = old
    this.#next = next
    this.#listen(old)
    this.#listen(next)
  }

  ping(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#isSwapping) this.#held++
      else tell(this.#old, 'ping')
    })
  }

  async swap(): Promise<Swap> {
    const swapped = new Promise<Swap>((resolve) => (this.#swapped = resolve))
    this.#isSwapping = true
    const old = this.#old
    tell(old, { type: 'leave' })
    const swap = await swapped
    await old.terminate()
    this.#prepared = undefined
    return swap
  }

  /** Starts the thread for the next swap. */
  prepare(): Promise<void> {
    return (this.#prepared ??= this.#prepare())
  }

  async #prepare(): Promise<void> {
    this.#version = this.#version === 1 ? 2 : 1
    this.#next = await this.#start(this.#version === 1 ? 2 : 1)
    this.#listen(this.#next)
  }

  close(): Promise<unknown> {
    return Promise.all([this.#old.terminate(), this.#next.terminate()])
  }

  #listen(worker: Worker): void {
    worker.on('message', (message: FromFloor) => {
      if (typeof message === 'number') this.#waiting.shift()!(message)
      else if (message.type === 'state') this.#moveTo(this.#next, message)
      else this.#swapped!({ pauseMs: message.readyAt - this.#stoppedAt })
    })
  }

  #moveTo(next: Worker, { bytes, stoppedAt }: Extract<FromFloor, { type: 'state' }>): void {
    tell(next, { type: 'enter', bytes }, [bytes.buffer as ArrayBuffer])
    for (; this.#held > 0; this.#held--) tell(next, 'ping')
    this.#isSwapping = false
    this.#stoppedAt = stoppedAt
    this.#old = next
  }
}

function tell(worker: Worker, message: ToFloor, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, transfer)
}

/** The two versions between which the floor swaps. */
export interface FloorProgram {
  readonly files: Readonly<Record<1 | 2, URL>>
  /** For each version a small state of the other. */
  readonly samples: Readonly<Record<1 | 2, unknown>>
}

const customers: FloorProgram = {
  files: { 1: new URL('./v1.ts', import.meta.url), 2: new URL('./v2.ts', import.meta.url) },
  samples: { 1: v2.codeChange(v1.init(500)), 2: v1.init(500) },
}

export async function openFloor(size: number, program?: FloorProgram): Promise<Floor> {
  return new Floor(...(await startFloor(size, program)))
}

/** Starts two warm threads, the first with a state. */
export async function startFloor(
  size: number,
  program = customers,
): Promise<[(version: 1 | 2) => Promise<Worker>, Worker, Worker]> {
  const script = await threadFile(new URL('./floor-thread.ts', import.meta.url))
  const files = {
    1: await threadFile(program.files[1]),
    2: await threadFile(program.files[2]),
  }
  const samples = { 1: serialize(program.samples[1]), 2: serialize(program.samples[2]) }
  const start = async (version: 1 | 2): Promise<Worker> => {
    const url = pathToFileURL(files[version]).href
    const workerData: FloorStart = { url, sample: samples[version] }
    const worker = new Worker(script, { ...threadOptions, workerData })
    await once(worker, 'message')
    return worker
  }
  const [old, next] = await Promise.all([start(1), start(2)])
  tell(old, { type: 'init', size })
  return [start, old, next]
}
