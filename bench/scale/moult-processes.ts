import { createRuntime } from 'moult'
import type { Code, ProcessRef } from 'moult'
import { callSequentially } from '../messages/subject.ts'
import { collectGarbage } from './collect.ts'
import { CALLS, CASTS, CLIENTS, PER_TICK, ROUND_TRIPS } from './loads.ts'
import type v1 from './plain-v1.ts'
import type { Sample, Variant } from './variant.ts'

type Store = ProcessRef<typeof v1>

const files = [
  new URL('./plain-v1.ts', import.meta.url),
  new URL('./plain-v2.ts', import.meta.url),
] as const
/** So many spawns are under way at a time. */
const AT_ONCE = 1_000

/** Many processes that share isolates, upgraded a small group at a time. Erlang has two schedulers on a machine like this. */
export async function openProcesses(count: number, isolates: 1 | 2): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0], { isolates })
  // The isolates themselves are not a cost of each process.
  const firsts = await Promise.all(Array.from({ length: isolates }, () => code.spawn({ args: 0 })))
  const before = await heapBytes(code, firsts)
  const began = performance.now()
  const stores: Store[] = []
  while (stores.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - stores.length) }, () =>
      code.spawn({ args: 0 }),
    )
    stores.push(...(await Promise.all(batch)))
  }
  const spawn = ((performance.now() - began) * 1000) / count
  const memory = ((await heapBytes(code, firsts)) - before) / count
  let upgrades = 0
  return {
    name: isolates === 1 ? 'moult, 1 isolate' : 'moult',
    async sample(): Promise<Sample> {
      const start = performance.now()
      const { processes } = await code.upgrade(files[++upgrades % 2 === 0 ? 0 : 1])
      const total = performance.now() - start
      return {
        total: [total],
        still: processes.map(({ pauseMs }) => pauseMs),
        ...(await messages(stores)),
        spawn: [spawn],
        memory: [memory],
      }
    },
    close: () => runtime.close(),
  }
}

async function messages(stores: readonly Store[]): Promise<Sample> {
  const [first] = stores as [Store]
  const trips = await callSequentially(() => first.call('ping'), ROUND_TRIPS, undefined)
  const calls = await rate(CALLS, () => callAll(stores))
  const casts = await rate(CASTS, () => castAll(stores))
  return { 'round trip': Array.from(trips, (ms) => ms * 1000), calls: [calls], casts: [casts] }
}

/** Each client has a process of its own, as far as there are as many. */
async function callAll(stores: readonly Store[]): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, async (_none, index) => {
    const store = stores[index % stores.length]!
    for (let left = CALLS / CLIENTS; left > 0; left--) await store.call('ping')
  })
  await Promise.all(clients)
}

/** One to each in turn; the last one handled is waited for. */
async function castAll(stores: readonly Store[]): Promise<void> {
  for (let sent = 0; sent < CASTS; sent++) {
    stores[sent % stores.length]!.cast('hit')
    if (sent % PER_TICK === 0) await new Promise(setImmediate)
  }
  await Promise.all(stores.map((store) => store.call('ping')))
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (count / (performance.now() - began)) * 1000
}

/**
 * What is used of all heaps once garbage has been collected: one process lives in each isolate. Resident memory does not
 * tell, for it falls when what was measured before gives its pages back.
 */
async function heapBytes(code: Code<typeof v1>, processes: readonly Store[]): Promise<number> {
  collectGarbage()
  await Promise.all(processes.map((each) => each.call('collect')))
  const isolates = (await code.versions()).flatMap((version) => version.isolates)
  const used = isolates.map(({ memory }) => memory?.heapUsed ?? NaN)
  return used.reduce((sum, each) => sum + each, process.memoryUsage().heapUsed)
}
