import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { largeBuffersAmong } from '../../../src/protocol/bytes/large-buffers.ts'
import type { CopiesAhead, CopyFigures, SendRequest } from '../../../src/protocol/wire/copying.ts'
import { GraphSender } from '../../state/graph/graph-sender.ts'
import { GraphTarget } from '../../state/graph/graph-target.ts'
import { isLarge } from '../../state/graph/is-large.ts'
import type { SendersAhead } from '../../state/exporting.ts'
import { LeftTables } from '../../tables/left-tables.ts'
import { RecordMigration } from '../../tables/record-migration.ts'
import { SliceReceiver } from '../../tables/slice-receiver.ts'
import { TableSender } from '../../tables/table-sender.ts'
import { tablesOf } from '../../tables/table-state.ts'
import type { Version } from '../../state/version.ts'
import type { StateAccess } from './state-access.ts'

/** What of a process's state goes ahead of an export: its tables, or all its objects. */
export class ExportedTables {
  readonly #version: Version
  readonly #state: StateAccess
  #sender: TableSender | undefined
  #graph: GraphSender | undefined
  /** The copy that is kept in this isolate. */
  #copy: SliceReceiver<GraphTarget> | undefined

  constructor(version: Version, state: StateAccess) {
    this.#version = version
    this.#state = state
  }

  /** The names of the tables that the state has now. */
  get names(): string[] {
    return [...tablesOf(this.#state.current()).keys()]
  }

  /** What the state has that may go ahead. */
  get ahead(): CopiesAhead {
    const tables = this.names
    if (tables.length > 0) return { tables, isLarge: false, largeBuffers: [] }
    const objects = new Set<unknown>()
    if (isLarge(this.#state.saved(), objects)) return { tables, isLarge: true, largeBuffers: [] }
    return { tables, isLarge: false, largeBuffers: largeBuffersAmong(objects) }
  }

  /** The senders that are at work. */
  get senders(): SendersAhead {
    return { tables: atWork(this.#sender), graph: atWork(this.#graph), copy: this.#copy }
  }

  /** Why the state goes as a whole although it was to go ahead. */
  get whole(): string | undefined {
    return this.#graph?.whole
  }

  /** Sends parts ahead, between messages, and follows their changes until the state is handed over. */
  send(request: SendRequest): Promise<CopyFigures | undefined> {
    this.stop()
    return request.parts === 'graph' ? this.#sendGraph(request) : this.#sendTables(request)
  }

  #sendGraph({ port, budgetMs }: SendRequest): Promise<CopyFigures | undefined> {
    this.#graph = new GraphSender(
      () => this.#state.current(),
      port ?? this.#keep(),
      budgetMs,
      this.#version.toNextVersion,
    )
    return this.#graph.figures
  }

  /** A `downgrade` may change what it is given, so it gets a copy: this one is there when the process stops. */
  #keep(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const copy = new SliceReceiver(port2, new GraphTarget(this.#version.toNextVersion), () => {
      if (this.#copy === copy) this.#copy = undefined
    })
    this.#copy = copy
    return port1
  }

  #sendTables({ port, migration, budgetMs }: SendRequest): Promise<CopyFigures | undefined> {
    if (port === undefined) throw new RangeError('tables go to another isolate')
    const tables = new LeftTables(() => this.#state.current())
    const step = migration.by === 'downgrade' ? this.#version.recordStep(migration) : undefined
    const records = new RecordMigration(step, migration, false)
    this.#sender = new TableSender(tables, port, records, budgetMs, this.#version.toNextVersion)
    return this.#sender.settled
  }

  /** Goes on when the hand-over has failed or waits: the remaining changes are sent ahead, too. */
  rollBack(): void {
    this.#sender?.rollBack()
    if (this.#copy?.isFinished !== true) return this.#graph?.rollBack()
    this.#graph?.abandon(USED)
    this.#copy = undefined
  }

  /** Stops sending. */
  stop(): void {
    this.#sender?.stop()
    this.#sender = undefined
    this.#graph?.stop()
    this.#graph = undefined
    this.#copy = undefined
  }
}

/** A `downgrade` has been given the copy, and may have changed it. */
const USED = 'its copy was used in an earlier attempt to stop it'

function atWork<Sender extends { readonly hasEnded: boolean }>(
  sender: Sender | undefined,
): Sender | undefined {
  return sender?.hasEnded === false ? sender : undefined
}
