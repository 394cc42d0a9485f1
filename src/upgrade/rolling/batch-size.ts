import type { Member } from '../hand-over/member.ts'

/** How long the migration of a process took, on both sides; undefined where it has not been moved. */
type WorkOfMember = Pick<Member, 'exported' | 'entered'>

/** A batch has so many processes where nothing is known of what they take, or where they take long. */
const LEAST = 12
/** The most: main's part of a batch is done in one go. */
const MOST = 64
/** A batch is as large as its migrations take this long (ms), in both versions. */
const WORK_MS = 0.5
/** How much longer than those before it one batch may make them seem: a collection, or another program, is no measure. */
const GROWTH = 1.25

/**
 * How many processes of a rolling upgrade go over in one batch. Each batch costs several ways between threads, which for
 * small states is more than all else; and each of its processes stands still for the migrations of all.
 */
export class BatchSize {
  readonly #given: number | undefined
  /** What a process takes (ms). */
  #ms = Infinity

  /** @param given where it was said; then it stays. */
  constructor(given?: number) {
    this.#given = given
  }

  get size(): number {
    return this.#given ?? Math.max(LEAST, Math.min(MOST, Math.floor(WORK_MS / this.#ms)))
  }

  /** The most that {@link size} will be. */
  get most(): number {
    return this.#given ?? MOST
  }

  /** These have gone over in one batch, as far as they have. */
  note(members: readonly WorkOfMember[]): void {
    let count = 0
    let ms = 0
    for (const { exported, entered } of members) {
      if (exported === undefined || entered === undefined) continue
      count++
      ms +=
        exported.serialiseMs +
        entered.deserialiseMs +
        entered.codeChangeMs +
        entered.verifyMs +
        entered.openMs
    }
    if (count > 1) this.#ms = Math.min(ms / count, this.#ms * GROWTH)
  }

  /** One had to go alone, and is waited for: as many side by side would wait for each other. */
  shrink(): void {
    this.#ms = Infinity
  }
}
