import { defineProcess } from 'moult'
import { collectGarbage } from './collect.ts'
import { codeChange, ping } from './v2.ts'
import type { StateV2 } from './v2.ts'

export default defineProcess({
  version: '2',
  init: (): StateV2 => ({ pings: 0, records: new Map() }),
  calls: {
    ping: (state) => ping(state),
    collect: () => collectGarbage(),
    /** Waits at the gate. */
    hold: (_state, gate: Int32Array) => void Atomics.wait(gate, 0, 0),
  },
  casts: { hit: (state) => void ping(state) },
  codeChange: { '1': codeChange },
})
