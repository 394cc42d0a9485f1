import type { Loader } from '../../versions/loader.ts'
import type { Version } from '../../versions/version.ts'
import type { Isolate } from '../../isolates/isolate.ts'

/** A thread that hosts no process, and does not answer for this long (ms), is held. */
const HELD_MS = 100

/**
 * An isolate in which copies are tried. It hosts no process: a codeChange that never ends, or kills its thread, harms
 * no one there.
 */
export class Sandbox {
  readonly #loader: Loader
  readonly #version: Version
  readonly #graceMs: number
  #opening: Promise<Isolate> | undefined
  #isolate: Isolate | undefined

  constructor(loader: Loader, version: Version, graceMs: number) {
    this.#loader = loader
    this.#version = version
    this.#graceMs = graceMs
  }

  /**
   * Opened when it is first asked for, and anew after its thread has gone.
   * @throws what opening an isolate of the version throws.
   */
  open(): Promise<Isolate> {
    if (this.#isolate?.exit !== undefined) this.#opening = this.#isolate = undefined
    this.#opening ??= this.#loader.open(this.#version).then((isolate) => (this.#isolate = isolate))
    return this.#opening
  }

  /** Whether its thread has gone, or is held by what is tried: then it is ended. */
  async hasDied(): Promise<boolean> {
    if (this.#isolate === undefined) return false
    return !(await this.#isolate.endIfHeld(Math.min(this.#graceMs, HELD_MS)))
  }

  async leave(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    await this.#isolate?.leave(this.#graceMs)
  }
}
