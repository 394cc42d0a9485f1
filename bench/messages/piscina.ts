import { Piscina } from 'piscina'
import { threadFile, threadOptions } from '../thread-file.ts'
import { callPipelined, callSequentially } from './subject.ts'
import type { Call, Subject } from './subject.ts'

/** `piscina.run` on one thread that takes up to 64 tasks at once. */
export async function openPiscina(): Promise<Subject> {
  const piscina = new Piscina({
    ...threadOptions,
    filename: await threadFile(new URL('./piscina-task.ts', import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 64,
    recordTiming: false,
  })
  const call: Call = (payload) => piscina.run(payload)
  return {
    name: 'piscina.run',
    sequential: (count, payload) => callSequentially(call, count, payload),
    pipelined: (count, outstanding, payload) => callPipelined(call, count, outstanding, payload),
    close: () => piscina.destroy(),
  }
}
