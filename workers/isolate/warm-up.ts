import { MessageChannel } from 'node:worker_threads'
import type { LentServices } from '../../src/protocol/definition/context.ts'
import { ProgressCell, CellState, allocateProgress } from '../../src/protocol/wire/progress.ts'
import type { Surroundings } from './process/host-context.ts'
import { Outbox } from './outbox.ts'
import { Requests } from './requests.ts'
import { ProcessHost } from './process/process-host.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import { Scheduler } from './scheduler.ts'
import { packState } from '../state/state-bytes.ts'
import { Version } from '../state/version.ts'

const ROUNDS = 3

/**
 * Lets a process that does not matter enter, handle a call and a cast, and leave again.
 * V8 compiles a function at its first call: done in a spare isolate, that is no longer part of the first pause.
 */
export function warmUp(): void {
  const version = new Version({
    version: 'warm-up',
    init: () => ({ count: 0 }),
    codeChange: { 'warm-up': (old: unknown) => old },
    calls: { call: (state: { count: number }) => ++state.count },
    casts: { cast: () => undefined },
  })
  const { port1, port2 } = new MessageChannel()
  const outbox = new Outbox(port1)
  const isolate = {
    version,
    outbox,
    outgoing: new OutgoingCalls(outbox),
    services: {} as LentServices,
    scheduler: new Scheduler(),
  }
  for (let round = 0; round < ROUNDS; round++) {
    exercise(isolate)
  }
  outbox.flush()
  port1.close()
  port2.close()
}

function exercise(isolate: Surroundings): void {
  const cell = new ProgressCell(new Int32Array(allocateProgress(1)), 0)
  const host = new ProcessHost(0, { id: '', name: '', version: '' }, cell, isolate)
  const migration = { from: 'warm-up', to: 'warm-up', by: 'codeChange', extra: undefined } as const
  const { bytes } = packState({ count: 0, list: [''], map: new Map([[0, new Set([0])]]) })
  cell.place(CellState.Entering, 0)
  const hostOf = (): ProcessHost => host
  const hosts = { version: isolate.version, hostOf, findHost: hostOf, activate: hostOf, takeAhead }
  const requests = new Requests(isolate.outbox, hosts)
  const batch = { number: 0, slots: [0], migration }
  const states = { bytes, lengths: [bytes.length] }
  const entering = { ids: [''], names: [''], states, attachments: undefined, verify: true }
  requests.answer({ type: 'enter', ...batch, ...entering, hold: false })
  const payloads = [undefined, undefined]
  host.receive({ sequence: 0, operation: 0, batch: payloads, at: 0, end: 2 })
  host.receive({ sequence: 2, operation: 1, batch: payloads, at: 0, end: 2 })
  host.pump()
  requests.answer({ type: 'suspend', ...batch, attempts: [cell.requestSuspend()] })
}

function takeAhead(): undefined {
  return undefined
}
