import { setImmediate as turn } from 'node:timers/promises'
import type { Enter, Suspend } from '../../src/protocol/wire/messages.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { ProgressCell, CellState, allocateProgress } from '../../src/protocol/wire/progress.ts'
import { enter } from '../../workers/isolate/process/activate.ts'
import type { Surroundings } from '../../workers/isolate/process/host-context.ts'
import { Outbox } from '../../workers/isolate/outbox.ts'
import { ProcessHost } from '../../workers/isolate/process/process-host.ts'
import { OutgoingCalls } from '../../workers/isolate/outgoing-calls.ts'
import { Scheduler } from '../../workers/isolate/scheduler.ts'
import { packState } from '../../workers/state/state-bytes.ts'
import { Version } from '../../workers/state/version.ts'
import { MemoryPort } from './memory-port.ts'
import { readByMain } from './posted.ts'
import type { ToMain } from './posted.ts'

/** What the processes of one isolate share, without a thread: a test reads what they post. */
export class HostedIsolate {
  readonly port = new MemoryPort()
  readonly surroundings: Surroundings

  constructor(definition: object) {
    const outbox = new Outbox(this.port)
    this.surroundings = {
      version: new Version(definition),
      scheduler: new Scheduler(),
      outbox,
      outgoing: new OutgoingCalls(outbox),
      services: {},
    }
  }

  /** What has been posted since, when all that needs no one else has been done. */
  async read(): Promise<ToMain[]> {
    await turn()
    return readByMain(this.port.read())
  }
}

/** One process where its thread hosts it, told by a test what main would say. */
export class HostedProcess {
  readonly isolate: HostedIsolate
  readonly cell = new ProgressCell(new Int32Array(allocateProgress(1)), 0)
  readonly host: ProcessHost
  readonly slot: number

  /** It has no state before {@link ProcessHost.init} or {@link enter}. */
  constructor(
    isolate: HostedIsolate,
    { slot = 0, state = CellState.Running }: { slot?: number; state?: CellState } = {},
  ) {
    this.isolate = isolate
    this.slot = slot
    this.cell.place(state, 0)
    const self = {
      id: `p${slot}`,
      name: `p${slot}`,
      version: isolate.surroundings.version.contract.version,
    }
    this.host = new ProcessHost(slot, self, this.cell, isolate.surroundings)
  }

  static started(definition: object): HostedProcess {
    const hosted = new HostedProcess(new HostedIsolate(definition))
    hosted.host.init(undefined)
    return hosted
  }

  /** Delivers messages of one name with the numbers from `sequence` on. */
  deliver(sequence: number, name: string, ...payloads: unknown[]): void {
    const { scheduler } = this.isolate.surroundings
    this.queue(sequence, name, ...payloads)
    scheduler.run()
  }

  /** The same, and the thread does not begin with them yet. */
  queue(sequence: number, name: string, ...payloads: unknown[]): void {
    const { scheduler } = this.isolate.surroundings
    const operation = this.operation(name)
    this.host.receive({ sequence, operation, batch: payloads, at: 0, end: payloads.length })
    scheduler.add(this.host)
  }

  operation(name: string): number {
    const { calls, casts } = this.isolate.surroundings.version.contract
    return [...calls, ...casts].indexOf(name)
  }

  /** The order to suspend, as it arrives. The cell has been told before. */
  mark(attempt: number, migration: Partial<Migration> = {}): void {
    const how = { from: '1', to: '2', by: 'unchanged', extra: undefined } as const
    const message: Suspend = {
      type: 'suspend',
      slot: this.slot,
      attempt,
      migration: { ...how, ...migration },
    }
    this.host.suspend(message)
  }

  suspend(migration?: Partial<Migration>): number {
    const attempt = this.cell.requestSuspend()
    this.mark(attempt, migration)
    return attempt
  }

  /** Goes on where it suspended, as main lets it. */
  resume(): void {
    this.cell.resume()
    this.host.resume()
  }

  /** All that entered together have. */
  release(): void {
    this.cell.release()
    this.host.pump()
  }

  enter(state: unknown, how: Partial<Enter> = {}): void {
    const migration = { from: '1', to: '2', by: 'codeChange', extra: undefined } as const
    const message: Enter = {
      type: 'enter',
      slot: this.slot,
      id: `p${this.slot}`,
      name: `p${this.slot}`,
      ...packState(state),
      migration,
      verify: true,
      hold: false,
      ...how,
    }
    enter(this.host, message, this.isolate.surroundings.outbox)
  }

  read(): Promise<ToMain[]> {
    return this.isolate.read()
  }
}
