import { setImmediate as turn } from 'node:timers/promises'
import type { ThreadExit } from '../../../src/isolates/thread.ts'
import { Activation } from '../../../src/processes/activation.ts'
import type { ActivationObserver } from '../../../src/processes/activation.ts'
import type { FromSlot, Outcome } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import { versionOf } from '../../support/told-process.ts'

const version = versionOf({ version: '1', init: () => undefined })

/** A process that writes down what it is told. */
export class Told implements ActivationObserver {
  readonly log: unknown[] = []
  exits: ThreadExit[] = []

  onReply(_place: Activation, sequence: number, _outcome: Outcome, value: unknown): void {
    this.log.push([sequence, value])
  }

  onBatch(): void {
    this.log.push('batch')
  }

  onOutgoing(): void {
    this.log.push('request')
  }

  onUpgradeSelf(): void {
    this.log.push('upgrade-self')
  }

  onLetGo(_place: Activation, sequence: number): void {
    this.log.push(`let-go ${sequence}`)
  }

  onLog(): void {
    this.log.push('log')
  }

  onExit(_place: Activation, exit: ThreadExit): void {
    this.exits.push(exit)
  }
}

export interface Placed {
  readonly process: Told
  readonly isolate: MemoryIsolate
  readonly place: Activation
}

export function placed(
  isolate = new MemoryIsolate(),
  state: CellState = CellState.Running,
): Placed {
  const process = new Told()
  isolate.slots.reserve()
  const place = new Activation(isolate, version, process)
  place.cell.place(state, 0)
  return { process, isolate, place }
}

export function say(isolate: MemoryIsolate, message: FromSlot): void {
  isolate.say(message)
  isolate.arrive()
}

/** What has become of a promise by now. */
export async function fate(promise: Promise<unknown>): Promise<unknown> {
  const open = turn('open')
  return Promise.race([
    promise.then(
      () => 'kept',
      (error: unknown) => error,
    ),
    open,
  ])
}
