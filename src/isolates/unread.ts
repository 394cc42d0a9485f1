import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** Messages that have arrived at a port and were not delivered yet, without those that cannot be read. */
export function* unread(port: MessagePort): Generator {
  for (;;) {
    const next = received(port)
    if (next === undefined) return
    if ('message' in next) yield next.message
  }
}

function received(port: MessagePort): { readonly message?: unknown } | undefined {
  try {
    return receiveMessageOnPort(port)
  } catch {
    // It has left the port.
    return {}
  }
}
