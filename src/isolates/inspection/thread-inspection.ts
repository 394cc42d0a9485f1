import { CurrentSlot } from '../../protocol/wire/current-slot.ts'
import { reasonOf } from '../../protocol/reason.ts'
import { fulfilsWithin } from '../../timing/deadline.ts'
import { busiestFrames } from './cpu-profile.ts'
import type { CodeFrame, CpuProfile } from './cpu-profile.ts'

/** How long (ms) a thread is watched at work. */
const WATCHED_MS = 60

/** What there is to ask of a thread. */
export interface InspectedThread {
  /** Answered as soon as it reads its messages. */
  hello(): Promise<void>
  /** What it does for `ms`, also amid a loop. */
  profile(ms: number, signal: AbortSignal): Promise<CpuProfile | undefined>
}

/** What a thread was found at. */
export interface Found {
  /** The innermost function first. None where it ran no JavaScript, or where it is not known. */
  readonly frames: readonly CodeFrame[]
  /** Why it is not known. */
  readonly reason: string | undefined
}

/** What a thread does, seen from main: also of one that answers nothing. */
export class ThreadInspection {
  /** Shared memory with the slot of the process that has the thread. */
  readonly current = CurrentSlot.allocate()
  readonly #thread: InspectedThread
  readonly #current = new CurrentSlot(this.current)
  /** While one looks, others that want to know wait for the same. */
  #finding: Promise<Found> | undefined

  constructor(thread: InspectedThread) {
    this.#thread = thread
  }

  /** The slot of the process that has the thread. Undefined where none has it. */
  get slot(): number | undefined {
    return this.#current.slot
  }

  /** Whether it does not come to read its messages within `ms`. */
  async isHeld(ms: number): Promise<boolean> {
    return !(await fulfilsWithin(this.#thread.hello(), ms))
  }

  /** The functions that have the thread. Takes `withinMs` at most, and costs the thread a few ms. */
  find(withinMs: number): Promise<Found> {
    this.#finding ??= this.#find(withinMs).finally(() => (this.#finding = undefined))
    return this.#finding
  }

  async #find(withinMs: number): Promise<Found> {
    const end = new AbortController()
    const late = new Error(`the thread did not answer within ${withinMs} ms`)
    const timer = setTimeout(() => end.abort(late), withinMs)
    try {
      const profile = await this.#thread.profile(WATCHED_MS, end.signal)
      return { frames: profile === undefined ? [] : busiestFrames(profile), reason: undefined }
    } catch (error) {
      return { frames: [], reason: `it could not be looked at: ${reasonOf(error)}` }
    } finally {
      clearTimeout(timer)
    }
  }
}
