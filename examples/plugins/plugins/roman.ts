import { defineProcess } from 'moult'
import roman from './numerals.cjs'

/** A plug-in with a file in CommonJS. */
export default defineProcess({
  version: '1.0.0',
  init: () => ({ runs: 0 }),
  calls: {
    run: (state, input: string) => ({
      runs: ++state.runs,
      text: roman(Number(input)),
    }),
  },
})
