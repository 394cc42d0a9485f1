import { parentPort } from 'node:worker_threads'

/** Announces so many messages without reply; the thread answers once when it has handled them. */
export interface Announced {
  readonly expect: number
}

let left = 0
let sum = 0

/** Echoes what it is sent, or adds it up: the least a thread can do with a message. */
parentPort!.on('message', (message: unknown) => {
  if (left > 0) {
    sum += message as number
    if (--left === 0) parentPort!.postMessage(sum)
  } else if (typeof message === 'object' && message !== null && 'expect' in message) {
    left = (message as Announced).expect
    sum = 0
  } else {
    parentPort!.postMessage(message)
  }
})
