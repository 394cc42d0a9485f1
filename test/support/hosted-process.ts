import { setImmediate as turn } from 'node:timers/promises'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import { entryAt } from '../../src/protocol/wire/entries.ts'
import type { Entries } from '../../src/protocol/wire/entries.ts'
import type { EnterBatch, ExportedStates } from '../../src/protocol/wire/requests.ts'
import { loneState } from '../../src/protocol/wire/requests.ts'
import { decodeThrown } from '../../src/protocol/wire/thrown.ts'
import type { WireThrown } from '../../src/protocol/wire/thrown.ts'
import type { Migration } from '../../src/protocol/wire/migration.ts'
import { ProgressCell, CellState, allocateProgress } from '../../src/protocol/wire/progress.ts'
import type { Hosts } from '../../workers/isolate/process/batch.ts'
import type { Surroundings } from '../../workers/isolate/process/host-context.ts'
import { Outbox } from '../../workers/isolate/outbox.ts'
import { ProcessHost } from '../../workers/isolate/process/process-host.ts'
import { OutgoingCalls } from '../../workers/isolate/outgoing-calls.ts'
import { Requests } from '../../workers/isolate/requests.ts'
import { Scheduler } from '../../workers/isolate/scheduler.ts'
import { packState } from '../../workers/state/state-bytes.ts'
import { Version } from '../../workers/state/version.ts'
import { decodeState } from '../../workers/tables/table-state.ts'
import { MemoryPort } from './memory-port.ts'
import { readByMain } from './posted.ts'
import type { ToMain } from './posted.ts'

/** The number of the request to enter. */
export const ENTER = 0

/** What the processes of one isolate share, without a thread: a test reads what they post. */
export class HostedIsolate implements Hosts {
  readonly port = new MemoryPort()
  readonly surroundings: Surroundings
  readonly requests: Requests
  readonly #hosts = new Map<number, ProcessHost>()

  constructor(definition: object) {
    const outbox = new Outbox(this.port)
    this.surroundings = {
      version: new Version(definition),
      scheduler: new Scheduler(),
      outbox,
      outgoing: new OutgoingCalls(outbox),
      services: {},
    }
    this.requests = new Requests(outbox, this)
  }

  get version(): Version {
    return this.surroundings.version
  }

  add(slot: number, host: ProcessHost): void {
    this.#hosts.set(slot, host)
  }

  hostOf(slot: number): ProcessHost {
    const host = this.#hosts.get(slot)
    if (host === undefined) throw new RangeError(`no process in slot ${slot}`)
    return host
  }

  findHost(slot: number): ProcessHost | undefined {
    return this.#hosts.get(slot)
  }

  /** A test has made it before. */
  activate(slot: number): ProcessHost {
    return this.hostOf(slot)
  }

  takeAhead(): undefined {
    return undefined
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
    isolate.add(slot, this.host)
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

  /** The request to suspend, as it arrives, under the number of its attempt. The cell has been told before. */
  mark(attempt: number, migration: Partial<Migration> = {}): void {
    const how = { from: '1', to: '2', by: 'unchanged', extra: undefined } as const
    this.isolate.requests.answer({
      type: 'suspend',
      number: attempt,
      slots: [this.slot],
      attempts: [attempt],
      migration: { ...how, ...migration },
    })
  }

  suspend(migration?: Partial<Migration>): number {
    const attempt = this.cell.requestSuspend()
    this.mark(attempt, migration)
    return attempt
  }

  /** Goes on where it suspended, as main lets it. */
  resume(): void {
    this.cell.rollBack()
    this.host.rollBack()
  }

  /** All that entered together have. */
  release(): void {
    this.cell.release()
    this.host.pump()
  }

  enter(state: unknown, how: Partial<EnterBatch> = {}): void {
    const migration = { from: '1', to: '2', by: 'codeChange', extra: undefined } as const
    const { bytes, attachments } = packState(state)
    const name = `p${this.slot}`
    this.isolate.requests.answer({
      type: 'enter',
      number: ENTER,
      slots: [this.slot],
      ids: [name],
      names: [name],
      states: { bytes, lengths: [bytes.length] },
      attachments,
      migration,
      verify: true,
      hold: false,
      ...how,
    })
  }

  read(): Promise<ToMain[]> {
    return this.isolate.read()
  }
}

/** What an answer says, as a test reads it. `state` is undefined where none was exported. */
type Told = { readonly answer: number; readonly error: unknown } | Suspended | Entered

interface Suspended {
  readonly answer: number
  readonly state: unknown
}

interface Entered {
  readonly answer: typeof ENTER
  readonly hasEntered: boolean
}

/** The same with answers as {@link Told}. */
export function told(said: readonly ToMain[]): (Told | Exclude<ToMain, Answer>)[] {
  return said.map((each) => ('type' in each && each.type === 'answer' ? toldBy(each) : each))
}

function toldBy({ number, threw, value }: Answer): Told {
  if (threw) return { answer: number, error: decodeThrown(value as WireThrown) }
  if (number !== ENTER) return { answer: number, state: loneStateIn(value as ExportedStates) }
  const [failure] = (value as Entries).failures
  if (failure !== undefined) return { answer: number, error: decodeThrown(failure[1]) }
  return { answer: number, hasEntered: entryAt(value as Entries, 0) !== undefined }
}

function loneStateIn(exported: ExportedStates): unknown {
  const [length] = exported.states.lengths
  return length === -1 ? undefined : decodeState(loneState(exported)).rest
}
