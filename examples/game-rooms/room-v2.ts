import { defineProcess, event } from 'moult'
import type { Frame } from './room-v1.ts'

interface Rows {
  readonly tick: number
  readonly players: string[]
  readonly steps: number[]
}

/** Players are in a Map now. The timer that ticks is the process's: nothing needs to be said of it here. */
export default defineProcess({
  version: '2.0.0',
  emits: { frame: event<Frame>() },
  init: (_args: undefined, { every }) => {
    every(50, 'tick', undefined, { late: 'fire' })
    return { tick: 0, players: new Map<string, number>() }
  },
  codeChange: {
    '1.0.0': ({ tick, players, steps }: Rows) => ({
      tick,
      players: new Map(players.map((player, at) => [player, steps[at]!])),
    }),
  },
  downgrade: {
    '1.0.0': ({ tick, players }) => ({
      tick,
      players: [...players.keys()],
      steps: [...players.values()],
    }),
  },
  calls: {
    join: (state, player: string) => {
      state.players.set(player, 0)
    },
  },
  casts: {
    tick: (state, _payload: undefined, { emit }) => {
      emit('frame', { tick: ++state.tick, places: Object.fromEntries(state.players) })
    },
    step: (state, player: string) => {
      state.players.set(player, state.players.get(player)! + 1)
    },
  },
})
