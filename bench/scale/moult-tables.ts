import { createRuntime } from 'moult'
import { swapping } from './swapping.ts'
import type { Variant, WindowLength } from './variant.ts'
import type v1 from './tables-v1.ts'

const files = [
  new URL('./tables-v1.ts', import.meta.url),
  new URL('./tables-v2.ts', import.meta.url),
] as const

/** A process whose records lie in a table, which crosses while it is in use. */
export async function openTables(size: number, window: WindowLength): Promise<Variant> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: size })
  let swaps = 0
  const subject = {
    name: 'moult',
    ping: () => process.call('ping'),
    async swap() {
      const { pauseMs } = await code.upgrade(files[++swaps % 2 === 0 ? 0 : 1])
      return { pauseMs }
    },
    close: () => runtime.close(),
  }
  return swapping('moult, tables', subject, window)
}
