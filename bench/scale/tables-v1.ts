import { defineProcess, table } from 'moult'
import { customer, ping } from './v1.ts'
import type { CustomerV1 } from './v1.ts'
import type { CustomerV2 } from './v2.ts'

export default defineProcess({
  version: '1',
  init: (size: number) => {
    const records = table<number, CustomerV1>()
    for (let id = 0; id < size; id++) records.set(id, customer(id))
    return { pings: 0, records }
  },
  calls: { ping: (state) => ping(state) },
  codeChange: {
    '2': {
      tables: {
        records: ({ id, name, cents, tags }: CustomerV2): CustomerV1 => {
          return { id, name, balance: cents / 100, tags }
        },
      },
    },
  },
})
