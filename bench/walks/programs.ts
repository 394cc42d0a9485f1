import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** Writes files that each define one more version of the same small program. */
export class Programs {
  readonly #folder: string
  #last = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** A version that takes the state of the one before it. */
  next(): { readonly file: string; readonly version: string } {
    const version = String(++this.#last)
    const file = path.join(this.#folder, `v${version}.mjs`)
    writeFileSync(file, definition(version, String(this.#last - 1)))
    return { file, version }
  }
}

function definition(version: string, before: string): string {
  return `export default {
  version: '${version}',
  init: () => ({ count: 0 }),
  calls: { add: (state, by) => (state.count += by) },
  codeChange: { '${before}': (state) => ({ count: state.count }) },
}
`
}
