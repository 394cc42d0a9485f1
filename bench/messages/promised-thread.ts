import { parentPort } from 'node:worker_threads'

/** Echoes a numbered call: the number, and what came with it. */
parentPort!.on('message', ([id, payload]: [number, unknown]) => {
  parentPort!.postMessage([id, payload])
})
