import { defineProcess } from 'moult'
import { collectGarbage } from './collect.ts'
import { codeChange, init, ping } from './v1.ts'

export default defineProcess({
  version: '1',
  init: (size: number) => init(size),
  calls: {
    ping: (state) => ping(state),
    collect: () => collectGarbage(),
    /** Waits at the gate. */
    hold: (_state, gate: Int32Array) => void Atomics.wait(gate, 0, 0),
  },
  casts: { hit: (state) => void ping(state) },
  codeChange: { '2': codeChange },
})
