import { defineProcess } from 'moult'
import { collectGarbage } from './collect.ts'
import { codeChange, ping } from './v2.ts'
import type { StateV2 } from './v2.ts'

export default defineProcess({
  version: '2',
  init: (): StateV2 => ({ pings: 0, records: new Map() }),
  calls: { ping: (state) => ping(state), collect: () => collectGarbage() },
  casts: { hit: (state) => void ping(state) },
  codeChange: { '1': codeChange },
})
