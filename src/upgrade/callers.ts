import { Deferred } from '../protocol/deferred.ts'

/** What handlers of other processes ask of one that is to stand still. */
export class Callers {
  #answers: Promise<unknown>[] = []
  #called: Deferred<void> | undefined

  /** A handler waits for this answer. */
  onCall(answer: Promise<unknown>): void {
    this.#answers.push(answer.catch(() => undefined))
    this.#called?.resolve()
  }

  /** Whether somebody waits for an answer before `complete` has resolved. */
  async isCalledBefore(complete: Promise<void>): Promise<boolean> {
    this.#called = new Deferred()
    if (this.#answers.length > 0) this.#called.resolve()
    const called = this.#called.promise.then(() => true)
    return Promise.race([complete.then(() => false), called])
  }

  /** Resolves when all that were waited for so far have been given. */
  answered(): Promise<unknown> {
    return Promise.all(this.#answers.splice(0))
  }
}
