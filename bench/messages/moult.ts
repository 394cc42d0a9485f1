import { createRuntime } from 'moult'
import type counter from './counter.ts'
import { callPipelined, callSequentially, sendInBursts } from './subject.ts'
import type { Subject } from './subject.ts'

export async function openMoult(): Promise<Subject> {
  const runtime = await createRuntime()
  const code = await runtime.load<typeof counter>(new URL('./counter.ts', import.meta.url))
  const process = await code.spawn()
  const call = (payload: unknown): Promise<unknown> => process.call('echo', payload)
  return {
    name: 'moult',
    sequential: (count, payload) => callSequentially(call, count, payload),
    pipelined: (count, outstanding, payload) => callPipelined(call, count, outstanding, payload),
    oneWay: async (count, perTick) => {
      const before = await process.call('count')
      await sendInBursts((by) => process.cast('add', by), count, perTick)
      const handled = (await process.call('count')) - before
      if (handled !== count) throw new Error(`${handled} of ${count} casts were handled`)
    },
    close: () => runtime.close(),
  }
}
