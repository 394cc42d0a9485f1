import { defineProcess } from 'moult'

export default defineProcess({
  version: '1.0.0',
  init: () => ({ count: 0 }),
  calls: {
    echo: (_state, payload: unknown) => payload,
    count: (state) => state.count,
  },
  casts: {
    add: (state, by: number) => {
      state.count += by
    },
  },
})
