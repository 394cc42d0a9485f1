import { Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import { callPipelined, callSequentially } from './subject.ts'
import type { Call, Subject } from './subject.ts'

/** What most people write around `postMessage`: each call has a number, its reply settles a promise. One post a message. */
export async function openPromised(): Promise<Subject> {
  const file = await threadFile(new URL('./promised-thread.ts', import.meta.url))
  const worker = new Worker(file, threadOptions)
  const pending = new Map<number, (reply: unknown) => void>()
  let next = 0
  worker.on('message', ([id, reply]: [number, unknown]) => {
    pending.get(id)!(reply)
    pending.delete(id)
  })
  const call: Call = (payload) =>
    new Promise((resolve) => {
      const id = next++
      pending.set(id, resolve)
      worker.postMessage([id, payload])
    })
  return {
    name: 'postMessage + promises',
    sequential: (count, payload) => callSequentially(call, count, payload),
    pipelined: (count, outstanding, payload) => callPipelined(call, count, outstanding, payload),
    close: () => worker.terminate(),
  }
}
