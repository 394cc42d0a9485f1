import { defineProcess } from 'moult'
import { setTimeout } from 'node:timers/promises'

export default defineProcess({
  version: '2.0.0',
  init: () => ({ pings: 0, byName: new Map<string, number>() }),
  codeChange: {
    '1.0.0': (old: { pings: number }) => ({ ...old, byName: new Map<string, number>() }),
  },
  calls: {
    ping: async (state, from: string) => {
      await setTimeout(25)
      const own = (state.byName.get(from) ?? 0) + 1
      state.byName.set(from, own)
      return `pong ${++state.pings} for ${from}, the new code's ${own}.`
    },
  },
})
