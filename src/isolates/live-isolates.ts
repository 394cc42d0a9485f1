import type { Isolate } from './isolate.ts'
import type { IsolateObserver, LoadedVersion } from './isolate-observer.ts'

/** The isolates whose threads are alive, and the versions that they have loaded. Tells of their starts and ends. */
export class LiveIsolates {
  readonly #observer: IsolateObserver
  readonly #versions = new Map<Isolate, LoadedVersion | undefined>()

  constructor(observer: IsolateObserver) {
    this.#observer = observer
  }

  get size(): number {
    return this.#versions.size
  }

  /** One that starts counts at once. */
  add(isolate: Isolate): void {
    this.#versions.set(isolate, undefined)
    void isolate.exited.then((exit) => {
      const version = this.#versions.get(isolate)
      this.#versions.delete(isolate)
      this.#observer.onExited?.(exit, version)
    })
  }

  /** It is blank. */
  noteStarted({ threadId }: Isolate): void {
    this.#observer.onStarted?.(threadId)
  }

  noteLoaded(isolate: Isolate, version: LoadedVersion): void {
    if (!this.#versions.has(isolate)) return
    this.#versions.set(isolate, version)
    this.#observer.onLoaded?.(isolate.threadId, version)
  }

  /** Each with the version that it has loaded, if any. */
  [Symbol.iterator](): Iterator<[Isolate, LoadedVersion | undefined]> {
    return this.#versions.entries()
  }
}
