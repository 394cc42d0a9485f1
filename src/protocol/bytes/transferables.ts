import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'

/** Whether it is a port. Node must not be asked to clone one: it crashes where the port has been closed. */
export function isPort(value: object): boolean {
  return !types.isProxy(value) && value instanceof MessagePort
}

/** Whether it is a stream of the web's: it would hang when the thread at its other end leaves, at an upgrade for one. */
export function isStream(value: object): boolean {
  if (types.isProxy(value)) return false
  return (
    value instanceof ReadableStream ||
    value instanceof WritableStream ||
    value instanceof TransformStream
  )
}
