import { wrap } from 'comlink'
import { MessageChannel, Worker } from 'node:worker_threads'
import { threadFile, threadOptions } from '../thread-file.ts'
import type { ComlinkCalls } from './comlink-thread.ts'
import { callPipelined, callSequentially } from './subject.ts'
import type { Call, Subject } from './subject.ts'

/** A bare Comlink remote over a port of its own. */
export async function openComlink(): Promise<Subject> {
  const file = await threadFile(new URL('./comlink-thread.ts', import.meta.url))
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(file, { ...threadOptions, workerData: port2, transferList: [port2] })
  const remote = wrap<ComlinkCalls>(port1)
  const call: Call = (payload) => remote.echo(payload)
  return {
    name: 'Comlink',
    sequential: (count, payload) => callSequentially(call, count, payload),
    pipelined: (count, outstanding, payload) => callPipelined(call, count, outstanding, payload),
    close: () => worker.terminate(),
  }
}
