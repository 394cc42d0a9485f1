import { defineProcess } from 'moult'
import * as v from 'valibot'

/** A plug-in with a package from npm. */
const Email = v.pipe(v.string(), v.email())

export default defineProcess({
  version: '1.0.0',
  init: () => ({ runs: 0 }),
  calls: {
    run: (state, input: string) => ({
      runs: ++state.runs,
      text: v.is(Email, input) ? 'an address' : 'no address',
    }),
  },
})
