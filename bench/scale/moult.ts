import { createRuntime } from 'moult'
import { callPipelined, callSequentially, sendInBursts } from '../messages/subject.ts'
import type v1 from './plain-v1.ts'
import { CALLS, CASTS, CLIENTS, PER_TICK, ROUND_TRIPS } from './loads.ts'
import { swapping } from './swapping.ts'
import type { Sample, Variant, WindowLength } from './variant.ts'

const files = [
  new URL('./plain-v1.ts', import.meta.url),
  new URL('./plain-v2.ts', import.meta.url),
] as const

/** On a busy machine a million records are copied for longer than is allowed by default. */
const patient = { suspendTimeoutMs: 60_000, codeChangeTimeoutMs: 600_000 }

/** A process with a plain state, which goes ahead of the pause where it is large, or as a whole in the pause. */
export async function openPlain(
  size: number,
  window: WindowLength,
  copy: 'ahead' | 'whole' = 'ahead',
): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: size })
  let swaps = 0
  const subject = {
    name: 'moult',
    ping: () => process.call('ping'),
    async swap() {
      const { pauseMs } = await code.upgrade(files[++swaps % 2 === 0 ? 0 : 1], { ...patient, copy })
      return { pauseMs }
    },
    close: () => runtime.close(),
  }
  const name = copy === 'ahead' ? 'moult, plain state' : 'moult, plain state as a whole'
  return swapping(name, subject, window, copy === 'ahead')
}

/** What messages to one process in an isolate of its own cost. */
export async function openOneProcess(): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: 0 })
  const ping = (): Promise<number> => process.call('ping')
  return {
    name: 'moult',
    async sample(): Promise<Sample> {
      const trips = await callSequentially(ping, ROUND_TRIPS, undefined)
      const calls = await rate(CALLS, () => callPipelined(ping, CALLS, CLIENTS, undefined))
      const casts = await rate(CASTS, async () => {
        await sendInBursts(() => process.cast('hit'), CASTS, PER_TICK)
        await ping()
      })
      return { 'round trip': Array.from(trips, (ms) => ms * 1000), calls: [calls], casts: [casts] }
    },
    close: () => runtime.close(),
  }
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (count / (performance.now() - began)) * 1000
}
