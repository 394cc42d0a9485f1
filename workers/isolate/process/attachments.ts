import { MoultError } from '../../../src/protocol/errors.ts'
import { ExportedTables } from './exported-tables.ts'
import type { PreallocatedBuffers } from './preallocated-buffers.ts'
import { StateCopies } from './state-copies.ts'
import type { TableSender } from '../../tables/table-sender.ts'
import type { Version } from '../../state/version.ts'

/** What a process has beside its state, for those who copy it or move it. Each part is made when it is needed. */
export class ProcessAttachments {
  readonly #version: Version
  readonly #state: () => unknown
  #copies: StateCopies | undefined
  #tables: ExportedTables | undefined

  constructor(version: Version, state: () => unknown) {
    this.#version = version
    this.#state = state
  }

  /** Copies of its state that are waited for. */
  get copies(): StateCopies {
    this.#copies ??= new StateCopies(this.#state)
    return this.#copies
  }

  /** Its tables, which may be sent ahead of its state. */
  get tables(): ExportedTables {
    this.#tables ??= new ExportedTables(this.#version, this.#state)
    return this.#tables
  }

  /** Where buffers are copied to. */
  get preallocated(): PreallocatedBuffers | undefined {
    return this.#copies?.preallocated
  }

  /** Who has been sending its tables ahead, if anybody still does. */
  get sender(): TableSender | undefined {
    return this.#tables?.sender
  }

  /** With no handler running. */
  makeCopies(): void {
    this.#copies?.make()
  }

  /** A suspend came to nothing. */
  resume(): void {
    this.#tables?.resume()
    this.#copies?.preallocated.clear()
  }

  /** The process, with that name, stops: there is nothing left that could be copied or moved. */
  end(process: string): void {
    this.#tables?.stop()
    this.#copies?.end(new MoultError('PROCESS_STOPPED', `${process} has stopped`, { process }))
  }
}
