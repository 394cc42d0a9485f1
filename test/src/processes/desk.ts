import { startProcess } from '../../../src/processes/start.ts'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { ProcessObserver } from '../../../src/processes/process-observer.ts'
import { Process } from '../../../src/processes/process.ts'
import { Activation } from '../../../src/processes/activation.ts'
import { NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import type { ToThread } from '../../support/posted.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'

const act = (): undefined => undefined
const definition = { version: '1', init: act, calls: { get: act, old: act }, casts: { put: act } }
const first = versionOf(definition)
export const second = versionOf({ ...definition, version: '2', calls: { get: act, fresh: act } })
const limits = { initTimeoutMs: 1000, exitGraceMs: 1000 }

/** A process, the isolates in memory where it lives, and what its observer is told. */
export class Desk {
  readonly told: [what: string, detail?: unknown][] = []
  readonly process: Process
  isolate = new MemoryIsolate()

  constructor() {
    const limits = { policy: 'transient', maxRestarts: 1, withinMs: 1 } as const
    const restart = { ...limits, from: 'checkpoint', orElse: 'stop' } as const
    const overflow = new Overflow(10, 'reject')
    const placement = {} as unknown as Process['options']['placement']
    const observer: ProcessObserver<Process> = {
      onCrash: (_process, reason) => this.told.push(['crash', reason]),
      onStopped: (_process, reason) => this.told.push(['stopped', reason]),
      onCastFailed: (_process, name, error) => this.told.push([name, error]),
      onOutgoing: () => this.told.push(['request']),
      onUpgradeSelf: () => this.told.push(['upgrade-self']),
      onWentBack: () => this.told.push(['went back']),
      onLog: () => this.told.push(['log']),
    }
    const options = { id: 'p1', name: 'desk', args: 1, overflow, placement, restart }
    this.process = new Process(options, observer)
  }

  static async running(): Promise<Desk> {
    const desk = new Desk()
    await desk.start()
    return desk
  }

  async start(): Promise<void> {
    const started = this.begin()
    this.tell(NO_SEQUENCE, Outcome.Initialised, undefined)
    await started
    await this.read()
  }

  begin(): Promise<void> {
    this.isolate.slots.reserve()
    return startProcess(this.process, this.isolate, first, limits)
  }

  /** A place in another isolate to which it may move. */
  next(): { readonly isolate: MemoryIsolate; readonly place: Activation } {
    const isolate = new MemoryIsolate()
    isolate.slots.reserve()
    return { isolate, place: new Activation(isolate, second, this.process) }
  }

  /** Sends calls with these payloads. */
  send(...payloads: unknown[]): Sent[] {
    return payloads.map((payload) => {
      const call = sent('get', payload)
      this.process.send(call.message)
      return call
    })
  }

  tell(sequence: number, outcome: Outcome, ...values: unknown[]): void {
    this.isolate.tell(0, sequence, outcome, ...values)
  }

  async read(isolate = this.isolate): Promise<ToThread[]> {
    await turn()
    return isolate.read()
  }

  async payloads(isolate = this.isolate): Promise<unknown[]> {
    return (await this.read(isolate)).map((each) => ('kind' in each ? each.value : each.type))
  }
}

/** An error of this code. */
export const code = (expected: string): unknown => expect.objectContaining({ code: expected })
