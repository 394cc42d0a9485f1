import type { Process } from '../../processes/process.ts'
import { MoultError } from '../../protocol/errors.ts'

/** Single processes that are moved, or must not be: one at a time has each. */
export class Claims {
  readonly #claimed = new Set<Process>()

  /** Does `work` while nothing else has the process. @throws MoultError `UPGRADE_IN_PROGRESS` */
  async while<Result>(process: Process, work: () => Promise<Result>): Promise<Result> {
    this.take(process)
    try {
      return await work()
    } finally {
      this.release(process)
    }
  }

  /** @throws MoultError `UPGRADE_IN_PROGRESS` */
  take(process: Process): void {
    if (this.#claimed.has(process)) {
      const message = `another upgrade of ${process.label} is under way`
      throw new MoultError('UPGRADE_IN_PROGRESS', message, { process: process.label })
    }
    this.#claimed.add(process)
  }

  release(process: Process): void {
    this.#claimed.delete(process)
  }
}
