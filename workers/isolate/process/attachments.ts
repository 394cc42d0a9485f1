import { MoultError } from '../../../src/protocol/errors.ts'
import { ExportedTables } from './exported-tables.ts'
import type { PreallocatedBuffers } from './preallocated-buffers.ts'
import type { StateAccess } from './state-access.ts'
import { StateCopies } from './state-copies.ts'
import type { SendersAhead } from '../../state/exporting.ts'
import type { Version } from '../../state/version.ts'

/** The attachments of a process to its state, for copies and moves. Each part is made at its first use. */
export class ProcessAttachments {
  readonly #version: Version
  readonly #state: StateAccess
  #copies: StateCopies | undefined
  #tables: ExportedTables | undefined

  constructor(version: Version, state: StateAccess) {
    this.#version = version
    this.#state = state
  }

  /** Requested copies of its state. */
  get copies(): StateCopies {
    this.#copies ??= new StateCopies(
      () => this.#state.saved(),
      this.#version.toNextVersion,
      () => this.senders.graph,
    )
    return this.#copies
  }

  /** What may be sent ahead of its state. */
  get tables(): ExportedTables {
    this.#tables ??= new ExportedTables(this.#version, this.#state)
    return this.#tables
  }

  /** Preallocated memory for copies of its buffers. */
  get preallocated(): PreallocatedBuffers | undefined {
    return this.#copies?.preallocated
  }

  /** What is being sent ahead. */
  get senders(): SendersAhead {
    return this.#tables?.senders ?? {}
  }

  /** Why the state goes as a whole although it was to go ahead. */
  get whole(): string | undefined {
    return this.#tables?.whole
  }

  /** Makes the requested copies. No handler may be running. */
  makeCopies(): void {
    this.#copies?.make()
  }

  /** Goes on after a suspend without a move. */
  rollBack(): void {
    this.#tables?.rollBack()
    this.#copies?.preallocated.clear()
  }

  /** Ends all, since the process stops. `process` is its name. */
  end(process: string): void {
    this.#tables?.stop()
    this.#copies?.end(new MoultError('PROCESS_STOPPED', `${process} has stopped`, { process }))
  }
}
