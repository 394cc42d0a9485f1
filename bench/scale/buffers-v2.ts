import { defineProcess } from 'moult'
import { init } from './grid-v1.ts'
import { codeChange, ping } from './grid-v2.ts'

export default defineProcess({
  version: '2',
  init: () => init(0),
  calls: { ping: (state) => ping(state) },
  codeChange: { '1': codeChange },
})
