import { defineProcess } from 'moult'
import type { StateV2 } from './v2.ts'
import { codeChange, ping } from './v2.ts'

export default defineProcess({
  version: '2',
  init: (): StateV2 => ({ pings: 0, records: [] }),
  calls: { ping: (state) => ping(state) },
  codeChange: { '1': codeChange },
})
