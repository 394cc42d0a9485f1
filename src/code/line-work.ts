import { MoultError } from '../protocol/errors.ts'

/** Whose turn it is to work on one code: many at once, or one alone. */
export class LineWork {
  readonly #codeName: string
  /** The work that goes on alone, such as an upgrade of the whole code. */
  #alone: Promise<void> | undefined
  /** Whether it is in the background. Other work then waits for its end and is not refused. */
  #isBackground = false
  /** Spawns and upgrades of single processes that are under way. */
  readonly #sharing = new Set<Promise<unknown>>()
  #hasEnded = false

  constructor(codeName: string) {
    this.#codeName = codeName
  }

  /** @throws MoultError `CODE_UNLOADED` */
  checkOpen(): void {
    if (!this.#hasEnded) return
    const codeName = this.#codeName
    const expected = 'a code that is loaded'
    const message = `${codeName} has been unloaded: load it again`
    throw new MoultError('CODE_UNLOADED', message, { codeName, expected, received: 'none' })
  }

  /** Refuses all work from now on, also what waits for its turn. */
  end(): void {
    this.#hasEnded = true
  }

  /**
   * Runs `work` while no upgrade of the whole code is under way: a spawn meanwhile starts on the new version.
   * @throws MoultError `UPGRADE_IN_PROGRESS` where it is not to wait for that; `CODE_UNLOADED`
   */
  async shared<Result>(work: () => Promise<Result>, waits = true): Promise<Result> {
    while (this.#alone !== undefined) {
      if (!waits) throw this.#inProgress()
      await this.#alone
    }
    this.checkOpen()
    const result = work()
    const done = result.catch(() => undefined)
    this.#sharing.add(done)
    void done.then(() => this.#sharing.delete(done))
    return result
  }

  /**
   * Runs `work` alone, once shared work and background work have ended.
   * @throws MoultError `UPGRADE_IN_PROGRESS` when another upgrade of the whole code is under way; `CODE_UNLOADED`
   */
  async exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#alone !== undefined && this.#isBackground) await this.#alone
    if (this.#alone !== undefined) throw this.#inProgress()
    this.checkOpen()
    return this.#begin(work, false)
  }

  /** Runs `work` alone, once nothing else is under way. Work that a user asked for has precedence. */
  async background<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#alone !== undefined) await this.#alone
    this.checkOpen()
    return this.#begin(work, true)
  }

  #inProgress(): MoultError {
    const codeName = this.#codeName
    const message = `an upgrade, a purge or an unload of ${codeName} is under way`
    return new MoultError('UPGRADE_IN_PROGRESS', message, { codeName })
  }

  #begin<Result>(work: () => Promise<Result>, isBackground: boolean): Promise<Result> {
    this.#isBackground = isBackground
    const result = Promise.all(this.#sharing).then(work)
    this.#alone = result
      .catch(() => undefined)
      .then(() => {
        this.#alone = undefined
      })
    return result
  }
}
