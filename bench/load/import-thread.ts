import { parentPort } from 'node:worker_threads'

/** Imports what it is told, as a blank isolate does, and says so. */
parentPort!.on('message', (url: string) => {
  void import(url).then(() => parentPort!.postMessage('imported'))
})
parentPort!.postMessage('ready')
