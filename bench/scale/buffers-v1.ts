import { defineProcess } from 'moult'
import { codeChange, init, ping } from './grid-v1.ts'

export default defineProcess({
  version: '1',
  init: (megabytes: number) => init(megabytes),
  calls: { ping: (state) => ping(state) },
  codeChange: { '2': codeChange },
})
