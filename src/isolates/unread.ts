import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** Messages that have arrived at a port and were not delivered yet. */
export function* unread(port: MessagePort): Generator {
  for (;;) {
    const next = receiveMessageOnPort(port)
    if (next === undefined) return
    yield next.message
  }
}
