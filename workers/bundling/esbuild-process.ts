import { stop } from '../project/esbuild.ts'
import { unwatchAll } from './incremental-build.ts'

/** How many processes of esbuild have been abandoned. */
let abandoned = 0
let stopping: Promise<void> | undefined

/**
 * Does what esbuild's process is needed for, once more where that has ended or could not be started: esbuild itself
 * would ask the dead one for ever.
 */
export async function withProcess<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const current = abandoned
    try {
      return await work()
    } catch (error) {
      if (!isOfDeadProcess(error)) throw error
      // Builds that ran together meet the same end, and the first of them has started another process.
      if (current === abandoned) abandon()
      await stopping
      if (tries === 2) throw error
    }
  }
}

function abandon(): void {
  abandoned++
  // What was parsed has gone with the process.
  void unwatchAll().catch(() => undefined)
  stopping = stop()
}

function isOfDeadProcess(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /^The service (was stopped|is no longer running)/.test(error.message)
}
