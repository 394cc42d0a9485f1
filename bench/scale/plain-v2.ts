import { defineProcess } from 'moult'
import { codeChange, ping } from './v2.ts'
import type { StateV2 } from './v2.ts'

export default defineProcess({
  version: '2',
  init: (): StateV2 => ({ pings: 0, records: new Map() }),
  calls: { ping: (state) => ping(state) },
  casts: { hit: (state) => void ping(state) },
  codeChange: { '1': codeChange },
})
