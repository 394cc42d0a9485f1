import { defineProcess, event } from 'moult'

/** What the players of a room see of one tick. */
export interface Frame {
  readonly tick: number
  /** How far each player has come. */
  readonly places: Readonly<Record<string, number>>
}

/** A room of a game, twenty times a second. */
export default defineProcess({
  version: '1.0.0',
  emits: { frame: event<Frame>() },
  init: (_args: undefined, { every }) => {
    every(50, 'tick', undefined, { late: 'fire' }) // late ticks are made up for
    return { tick: 0, players: [] as string[], steps: [] as number[] }
  },
  calls: {
    join: (state, player: string) => {
      state.players.push(player)
      state.steps.push(0)
    },
  },
  casts: {
    tick: (state, _payload: undefined, { emit }) => {
      const places = state.players.map((player, at) => [player, state.steps[at]!] as const)
      emit('frame', { tick: ++state.tick, places: Object.fromEntries(places) })
    },
    step: (state, player: string) => {
      state.steps[state.players.indexOf(player)]! += 1
    },
  },
})
