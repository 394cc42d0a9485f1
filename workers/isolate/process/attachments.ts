import type { Consignment } from '../../../src/protocol/bytes/consignment.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import { DepartingTables } from './departing-tables.ts'
import { MovingBuffers } from '../../state/moving-buffers.ts'
import type { LentRoom } from './preallocated-buffers.ts'
import { StateCopies } from './state-copies.ts'
import type { TableSender } from '../../tables/table-sender.ts'
import type { Version } from '../../state/version.ts'

/** What a process has beside its state, for those who copy it or move it. Each part is made when it is needed. */
export class Baggage {
  readonly #version: Version
  readonly #state: () => unknown
  #copies: StateCopies | undefined
  #tables: DepartingTables | undefined
  #buffers: MovingBuffers | undefined

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
  get tables(): DepartingTables {
    this.#tables ??= new DepartingTables(this.#version, this.#state)
    return this.#tables
  }

  /** Its large buffers, where they move. */
  get buffers(): MovingBuffers {
    this.#buffers ??= new MovingBuffers()
    return this.#buffers
  }

  /** Where buffers are copied to. */
  get room(): LentRoom | undefined {
    return this.#copies?.room
  }

  /** Who has been sending its tables ahead, if anybody still does. */
  get sender(): TableSender | undefined {
    return this.#tables?.sender
  }

  /** With no handler running. */
  makeCopies(): void {
    this.#copies?.make()
  }

  /** The state as it goes on here, made of what is `returned` of it if it was given away. */
  restore(state: unknown, returned: Consignment | undefined): unknown {
    return this.#buffers === undefined ? state : this.#buffers.restore(state, returned)
  }

  /** A suspend came to nothing. */
  resume(): void {
    this.#tables?.resume()
    this.#copies?.room.clear()
  }

  /** What came with its state stays. */
  settle(): void {
    this.#buffers?.settle()
  }

  /** The process, with that name, stops: there is nothing left that could be copied or moved. */
  end(process: string): void {
    this.#tables?.stop()
    this.#copies?.end(new MoultError('PROCESS_STOPPED', `${process} has stopped`, { process }))
  }
}
