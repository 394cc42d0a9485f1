import type { Loader } from '../../versions/loader.ts'
import type { Version } from '../../versions/version.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import type { Payload } from '../../protocol/bytes/payload.ts'
import type { Hop } from './migration-path.ts'

/** What a state passes through hops with. */
interface Passing {
  readonly id?: string
  readonly warmMs?: number
}

/** A state behind its hops. */
interface Passed extends Payload {
  /** How long (ms) the last runs of all of them took. */
  readonly passMs: number
}

/** Isolates of the versions that states pass through in one upgrade. They host no process, and leave at its end. */
export class Hops {
  readonly #versions: readonly Version[]
  readonly #isolates = new Map<string, Isolate>()
  readonly #exitGraceMs: number
  #isOver = false

  constructor(versions: readonly Version[], exitGraceMs: number) {
    this.#versions = versions
    this.#exitGraceMs = exitGraceMs
  }

  /** Undefined where there are none. @throws what opening one of them throws, and when the signal is aborted. */
  open(loader: Loader, signal: AbortSignal): Promise<unknown> | undefined {
    if (this.#versions.length === 0) return undefined
    const opening = this.#versions.map((version) => this.#open(loader, version))
    return withDeadline(Promise.all(opening), { signal })
  }

  async #open(loader: Loader, version: Version): Promise<void> {
    const isolate = await loader.open(version)
    // An isolate that still imports after an abort leaves without being awaited.
    if (this.#isOver) await isolate.leave(this.#exitGraceMs)
    else this.#isolates.set(version.contract.version, isolate)
  }

  /** Where a state that goes ahead on this path is to arrive. Undefined without hops. */
  first([hop]: readonly Hop[]): Isolate | undefined {
    return hop && this.#isolateOf(hop)
  }

  /**
   * Takes a state through the hops, one after the other. The payload is transferred.
   * @param id of its process, should it have gone ahead.
   * @param warmMs how long (ms) each hop may migrate a copy again to make its code fast.
   */
  async pass(payload: Payload, hops: readonly Hop[], { id, warmMs = 0 }: Passing): Promise<Passed> {
    let { bytes, attachments } = payload
    let ahead = id
    let passMs = 0
    for (const hop of hops) {
      const { migration } = hop
      const conversion = { bytes, attachments, migration, ahead, warmMs }
      const converted = await this.#isolateOf(hop).convert(conversion)
      ;({ bytes, attachments } = converted)
      passMs += converted.convertMs
      ahead = undefined
    }
    return { bytes, attachments, passMs }
  }

  #isolateOf({ version }: Hop): Isolate {
    const isolate = this.#isolates.get(version)
    if (isolate === undefined) throw new RangeError(`no isolate of ${version} is open`)
    return isolate
  }

  /** Lets all isolates leave. */
  async leave(): Promise<void> {
    this.#isOver = true
    const opened = [...this.#isolates.values()]
    this.#isolates.clear()
    await Promise.all(opened.map((isolate) => isolate.leave(this.#exitGraceMs)))
  }
}
