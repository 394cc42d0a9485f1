import { defineProcess } from 'moult'
import { readFile } from 'node:fs/promises'

interface Exports {
  gcd(a: number, b: number): number
}

/** A plug-in with WebAssembly. A module's instance is no data: each version opens its own. */
export default defineProcess({
  version: '1.0.0',
  init: () => ({ runs: 0 }),
  live: {
    open: async () => {
      const bytes = await readFile(new URL('./gcd.wasm', import.meta.url))
      const { instance } = await WebAssembly.instantiate(bytes)
      return instance.exports as Exports
    },
  },
  calls: {
    run: (state, input: string, { live }) => {
      const [a = 0, b = 0] = input.split(',').map(Number)
      return { runs: ++state.runs, text: `${live.gcd(a, b)}` }
    },
  },
})
