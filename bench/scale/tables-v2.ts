import { defineProcess, table } from 'moult'
import type { CustomerV1 } from './v1.ts'
import { ping } from './v2.ts'
import type { CustomerV2 } from './v2.ts'

export default defineProcess({
  version: '2',
  init: () => ({ pings: 0, records: table<number, CustomerV2>() }),
  calls: { ping: (state) => ping(state) },
  codeChange: {
    '1': {
      tables: {
        records: ({ id, name, balance, tags }: CustomerV1): CustomerV2 => {
          return { id, name, cents: Math.round(balance * 100), tags }
        },
      },
    },
  },
})
