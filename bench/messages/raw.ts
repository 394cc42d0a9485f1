import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import type { Announced } from './raw-thread.ts'
import { sendInBursts } from './subject.ts'
import type { Subject } from './subject.ts'

/** `postMessage` as it is: one post a message, no numbers, no promises. Replies come in order, so nothing tells them apart. */
export async function openRaw(): Promise<Subject> {
  const file = await threadFile(new URL('./raw-thread.ts', import.meta.url))
  const worker = new Worker(file, threadOptions)
  return {
    name: 'postMessage',
    sequential: (count, payload) => echoSequentially(worker, count, payload),
    pipelined: (count, outstanding, payload) => echoPipelined(worker, count, outstanding, payload),
    oneWay: async (count, perTick) => {
      const handled = once(worker, 'message')
      worker.postMessage({ expect: count } satisfies Announced)
      await sendInBursts((by) => worker.postMessage(by), count, perTick)
      const [sum] = (await handled) as [number]
      if (sum !== count) throw new Error(`${sum} of ${count} messages were handled`)
    },
    close: () => worker.terminate(),
  }
}

function echoSequentially(worker: Worker, count: number, payload: unknown): Promise<Float64Array> {
  return new Promise((resolve) => {
    const durations = new Float64Array(count)
    let replies = 0
    let began = performance.now()
    worker.on('message', function receive() {
      const now = performance.now()
      durations[replies++] = now - began
      if (replies === count) {
        worker.off('message', receive)
        return resolve(durations)
      }
      began = performance.now()
      worker.postMessage(payload)
    })
    worker.postMessage(payload)
  })
}

function echoPipelined(
  worker: Worker,
  count: number,
  outstanding: number,
  payload: unknown,
): Promise<void> {
  return new Promise((resolve) => {
    let sent = outstanding
    let replies = 0
    worker.on('message', function receive() {
      if (++replies === count) {
        worker.off('message', receive)
        return resolve()
      }
      if (sent++ < count) worker.postMessage(payload)
    })
    for (let i = 0; i < outstanding; i++) worker.postMessage(payload)
  })
}
