import { createRuntime } from 'moult'
import type { ProcessRef } from 'moult'
import type v1 from './plain-v1.ts'
import type { Sample, Variant } from './variant.ts'

const files = [
  new URL('./plain-v1.ts', import.meta.url),
  new URL('./plain-v2.ts', import.meta.url),
] as const
/** So many are sent before the thread that sends looks at anything else. */
const PER_TICK = 1_000

/**
 * An upgrade with `count` messages waiting: a handler holds the process until it has been asked to suspend, so that none of them is
 * handled before. `pause` is the upgrade's, `drain` the time from then on until the last of them has been handled.
 */
export async function openBacklog(count: number): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: 0 })
  let upgrades = 0
  return {
    name: 'moult',
    async sample(): Promise<Sample> {
      const gate = new Int32Array(new SharedArrayBuffer(4))
      const held = process.call('hold', gate)
      await fill(process, count)
      const upgrade = code.upgrade(files[++upgrades % 2 === 0 ? 0 : 1], { rehearse: false })
      await suspended(process)
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      await held
      const { pauseMs } = await upgrade
      const began = performance.now()
      await process.call('ping')
      return { pause: [pauseMs], drain: [performance.now() - began] }
    },
    close: () => runtime.close(),
  }
}

async function fill(process: ProcessRef<typeof v1>, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    process.cast('hit')
    if (sent % PER_TICK === 0) await new Promise(setImmediate)
  }
}

async function suspended(process: ProcessRef<typeof v1>): Promise<void> {
  while ((await process.inspect()).lifecycle !== 'suspended') await new Promise(setImmediate)
}
