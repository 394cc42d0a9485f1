import type {
  LentServices,
  Log,
  ProcessContext,
  Self,
} from '../../../src/protocol/definition/context.ts'
import type { HostContext } from './host-context.ts'

/** The handlers of a process, one of which has this context. */
interface HandlerOwner {
  /** The handler of this message needs the state no more. */
  letGo(sequence: number): void
}

/** The context of one handler: that of its process, and what is of this handler alone. */
export class HandlerContext implements ProcessContext {
  readonly #process: HostContext
  readonly #sequence: number
  readonly #owner: HandlerOwner
  #hasLetGo = false

  constructor(process: HostContext, sequence: number, owner: HandlerOwner) {
    this.#process = process
    this.#sequence = sequence
    this.#owner = owner
  }

  /** Whether the handler needs the state no more. */
  get hasLetGo(): boolean {
    return this.#hasLetGo
  }

  /** As the other functions, it can be taken out of the context. */
  get letGo(): () => void {
    return () => {
      if (this.#hasLetGo) return
      this.#hasLetGo = true
      this.#owner.letGo(this.#sequence)
    }
  }

  get self(): Self {
    return this.#process.self
  }

  get signal(): AbortSignal {
    return this.#process.signal
  }

  get leaving(): AbortSignal {
    return this.#process.leaving
  }

  get log(): Log {
    return this.#process.log
  }

  get services(): LentServices {
    return this.#process.services
  }

  get call(): ProcessContext['call'] {
    return this.#process.call
  }

  get cast(): ProcessContext['cast'] {
    return this.#process.cast
  }

  get upgradeSelf(): ProcessContext['upgradeSelf'] {
    return this.#process.upgradeSelf
  }

  get transfer(): ProcessContext['transfer'] {
    return this.#process.transfer
  }
}
