import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** What has arrived at a port and was not yet given out. */
export function* unread(port: MessagePort): Generator {
  for (;;) {
    const next = receiveMessageOnPort(port)
    if (next === undefined) return
    yield next.message
  }
}
