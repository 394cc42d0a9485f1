import { Session } from 'node:inspector'
import type { Profiler } from 'node:inspector'

/** A function that was entered: its script, where it begins there, and how often. */
export interface Entered {
  readonly url: string
  readonly name: string
  readonly offset: number
  readonly entries: number
}

/** Counts the functions that its own thread enters. */
export class Coverage {
  readonly #session = new Session()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What has been entered since the last call. Of modules' own evaluation, and of what is not in a file, nothing is told. */
  take(): Entered[] {
    let scripts: Profiler.ScriptCoverage[] = []
    // Connected to its own thread, a session answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error
      scripts = result
    })
    return scripts.filter(({ url }) => url.startsWith('file:')).flatMap(enteredIn)
  }
}

function enteredIn({ url, functions }: Profiler.ScriptCoverage): Entered[] {
  return functions.flatMap(({ functionName: name, ranges: [whole] }) => {
    if (whole === undefined || whole.count === 0 || whole.startOffset === 0) return []
    return { url, name, offset: whole.startOffset, entries: whole.count }
  })
}
