import type { Loader } from '../code/loader.ts'
import type { Version } from '../code/version.ts'
import type { Isolate } from '../isolates/isolate.ts'

/** The isolate in which copies are tried. It hosts nobody: a codeChange that never ends, or kills its thread, harms no one there. */
export class Scratch {
  readonly #loader: Loader
  readonly #version: Version
  readonly #graceMs: number
  #isolate: Isolate | undefined
  #isOver = false

  constructor(loader: Loader, version: Version, graceMs: number) {
    this.#loader = loader
    this.#version = version
    this.#graceMs = graceMs
  }

  /** Undefined before it has been opened. */
  get isolate(): Isolate | undefined {
    return this.#isolate
  }

  /** @throws what opening an isolate of the version throws. */
  async open(): Promise<void> {
    const isolate = await this.#loader.open(this.#version)
    if (this.#isOver) await isolate.leave(this.#graceMs)
    else this.#isolate = isolate
  }

  /** Ends the thread, whatever it is at, and opens another. */
  async replace(): Promise<void> {
    await this.#isolate?.kill()
    await this.open()
  }

  async leave(): Promise<void> {
    this.#isOver = true
    await this.#isolate?.leave(this.#graceMs)
  }
}
