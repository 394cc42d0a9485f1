import { expose } from 'comlink'
import type { Endpoint } from 'comlink'
import { workerData } from 'node:worker_threads'

const calls = { echo: (payload: unknown): unknown => payload }

export type ComlinkCalls = typeof calls

expose(calls, workerData as Endpoint)
