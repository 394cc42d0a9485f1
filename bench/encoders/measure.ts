import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { roundRobin } from '../round-robin.ts'
import { pairedRatio, summarise } from '../statistics.ts'
import type { Summary } from '../statistics.ts'
import { threadFile, threadOptions } from '../thread-file.ts'
import { encoderNames, encoderOf } from './encoders.ts'
import type { EncoderName } from './encoders.ts'
import type { Trial, Trialled } from './encoding-thread.ts'
import { differencesOf } from './fidelity.ts'
import { stateNames } from './states.ts'
import type { StateName } from './states.ts'

const SIZES = [1, 10]
const ROUNDS = 7

/** How one encoder did with one state. Times in ms, of encoding and decoding together unless the name says otherwise. */
export interface EncoderResult {
  readonly state: StateName
  readonly megabytes: number
  readonly encoder: EncoderName
  /** The first time in a thread's life. */
  readonly cold: Summary
  readonly warm: Summary
  readonly warmEncode: Summary
  /** How many times as long as V8: median over the rounds. */
  readonly coldRatio: number
  readonly warmRatio: number
  /** In what it differs from structured clone. */
  readonly differences: readonly string[]
}

/** V8's serialiser beside others, each trial in a thread of its own. */
export async function measureEncoders(quick: boolean): Promise<EncoderResult[]> {
  const script = await threadFile(new URL('./encoding-thread.ts', import.meta.url))
  const results: EncoderResult[] = []
  for (const megabytes of quick ? SIZES.slice(0, 1) : SIZES) {
    for (const state of stateNames) {
      results.push(...(await measureState(script, state, megabytes, quick ? 2 : ROUNDS)))
    }
  }
  return results
}

async function measureState(
  script: string,
  state: StateName,
  megabytes: number,
  rounds: number,
): Promise<EncoderResult[]> {
  const encoders = encoderNames.filter((encoder) => encoder !== 'JSON' || isJson(state))
  const samples = new Map(encoders.map((encoder) => [encoder, [] as Trialled[]]))
  await roundRobin(rounds, encoders, async (encoder) => {
    samples.get(encoder)!.push(await trial(script, { encoder, state, megabytes }))
  })
  const cold = (each: Trialled): number => each.cold + each.coldDecode
  const warm = (each: Trialled): number => each.warm + each.warmDecode
  const base = samples.get('V8')!
  return encoders.map((encoder) => {
    const own = samples.get(encoder)!
    return {
      state,
      megabytes,
      encoder,
      cold: summarise(own.map(cold)),
      warm: summarise(own.map(warm)),
      warmEncode: summarise(own.map((each) => each.warm)),
      coldRatio: pairedRatio(own.map(cold), base.map(cold)),
      warmRatio: pairedRatio(own.map(warm), base.map(warm)),
      differences: differencesOf(encoderOf(encoder)),
    }
  })
}

/** JSON makes `{}` of a Map and an object of a typed array. */
function isJson(state: StateName): boolean {
  return state !== 'a Map of records' && state !== 'a typed array'
}

async function trial(script: string, workerData: Trial): Promise<Trialled> {
  const worker = new Worker(script, { ...threadOptions, workerData })
  const [trialled] = (await once(worker, 'message')) as [Trialled]
  await worker.terminate()
  return trialled
}
