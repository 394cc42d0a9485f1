import { createRuntime } from 'moult'
import type v1 from './moult-v1.ts'
import type { Swappable } from './swappable.ts'

const files = [
  new URL('./moult-v1.ts', import.meta.url),
  new URL('./moult-v2.ts', import.meta.url),
] as const

export async function openMoult(size: number): Promise<Swappable> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof v1>(files[0])
  const process = await code.spawn({ args: size })
  let swaps = 0
  return {
    name: 'moult',
    ping: () => process.call('ping'),
    async swap() {
      const { pauseMs } = await code.upgrade(files[++swaps % 2 === 0 ? 0 : 1])
      return { pauseMs }
    },
    close: () => runtime.close(),
  }
}
