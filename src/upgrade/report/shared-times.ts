import { noTimes, phases } from '../plan/phases.ts'
import type { Phase } from '../plan/phases.ts'

/**
 * How long (ms) the phases of hand-overs took that go side by side. Each moment is divided among those that are under
 * way, so that the phases add up to the time in which there was one.
 */
export class SharedTimes {
  readonly #times = noTimes()
  /** How many are in each phase. */
  readonly #inPhase = noTimes()
  #underWay = 0
  #since = 0
  readonly #onFirst: (phase: Phase) => void
  readonly #reached = new Set<Phase>()

  /** @param onFirst is told when the first of them comes to a phase. */
  constructor(onFirst: (phase: Phase) => void) {
    this.#onFirst = onFirst
  }

  begin(phase: Phase): void {
    this.#pass()
    this.#enter(phase)
    this.#underWay++
  }

  end(phase: Phase): void {
    this.#pass()
    this.#inPhase[phase]--
    this.#underWay--
  }

  /** One goes on from a phase to the next. */
  change(from: Phase, to: Phase): void {
    if (from === to) return
    this.#pass()
    this.#inPhase[from]--
    this.#enter(to)
  }

  #enter(phase: Phase): void {
    // None has been there before: a look at the set for each step would be felt.
    if (this.#inPhase[phase]++ > 0 || this.#times[phase] > 0 || this.#reached.has(phase)) return
    this.#reached.add(phase)
    this.#onFirst(phase)
  }

  get times(): Readonly<Record<Phase, number>> {
    return { ...this.#times }
  }

  #pass(): void {
    const now = performance.now()
    const share = this.#underWay === 0 ? 0 : (now - this.#since) / this.#underWay
    this.#since = now
    if (share === 0) return
    for (const phase of phases) this.#times[phase] += share * this.#inPhase[phase]
  }
}
