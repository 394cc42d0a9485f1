import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { buffersIn } from './attachments.ts'
import type { Beside } from './attachments.ts'

/** Large buffers that move, in a port: whoever opens it has them, and a thread that only passes the port on never touches them. */
export interface Consignment {
  readonly port: MessagePort
  /** How large they are in all. */
  readonly bytes: number
  /** Of these, what their old place has lost: the rest V8 will not move, and copies go instead. */
  readonly movedBytes: number
}

/** Gives the buffers away. @throws RangeError where one of them has been moved elsewhere: then none is given. */
export function consign(beside: Beside): Consignment {
  const buffers = buffersIn(beside)
  // Node does not always refuse it.
  if (buffers.some(({ byteLength }) => byteLength === 0)) throw new RangeError('a buffer has gone')
  const bytes = sum(buffers)
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(beside, buffers)
  } catch {
    // Where Node does not pass over what cannot be moved, it moves nothing.
    port1.postMessage(beside)
  }
  return { port: port2, bytes, movedBytes: bytes - sum(buffers) }
}

/** Takes the buffers out: once only. */
export function collect({ port }: Consignment): Beside {
  const beside = receiveMessageOnPort(port)?.message as Beside
  port.close()
  return beside
}

/** A buffer that has moved has no length any more. */
function sum(buffers: readonly ArrayBuffer[]): number {
  return buffers.reduce((total, { byteLength }) => total + byteLength, 0)
}
