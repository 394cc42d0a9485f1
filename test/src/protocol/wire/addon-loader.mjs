import { parentPort, workerData } from 'node:worker_threads'
// A thread cannot import TypeScript on Node 20: this is the built file, made by the global set-up.
import { AddonLoading } from '../../../../dist/src/protocol/wire/addon-loading.js'

new AddonLoading(workerData).begin()
parentPort.postMessage('loaded')
