import { parentPort, workerData } from 'node:worker_threads'
import { encoderOf } from './encoders.ts'
import type { EncoderName } from './encoders.ts'
import { stateOf } from './states.ts'
import type { StateName } from './states.ts'

export interface Trial {
  readonly encoder: EncoderName
  readonly state: StateName
  readonly megabytes: number
}

/** Times in ms: of the first time in the thread's life, and once it has done the same often. */
export interface Trialled {
  readonly cold: number
  readonly warm: number
  readonly coldDecode: number
  readonly warmDecode: number
}

const REPEATS = 8
const { encoder: name, state, megabytes } = workerData as Trial
const encoder = encoderOf(name)
const value = stateOf(state, megabytes)

const encodes: number[] = []
const decodes: number[] = []
for (let repeat = 0; repeat <= REPEATS; repeat++) {
  const began = performance.now()
  const encoded = encoder.encode(value)
  const done = performance.now()
  encoder.decode(encoded)
  decodes.push(performance.now() - done)
  encodes.push(done - began)
}

const last = (times: readonly number[]): number => Math.min(...times.slice(-3))
const trialled: Trialled = {
  cold: encodes[0]!,
  warm: last(encodes),
  coldDecode: decodes[0]!,
  warmDecode: last(decodes),
}
parentPort!.postMessage(trialled)
