import { defineProcess } from 'moult'
import { setTimeout } from 'node:timers/promises'

export default defineProcess({
  version: '1.0.0',
  init: () => ({ pings: 0 }),
  calls: {
    ping: async (state, from: string) => {
      await setTimeout(25)
      return `pong ${++state.pings} for ${from}`
    },
  },
})
