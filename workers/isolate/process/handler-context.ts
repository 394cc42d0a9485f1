import type {
  LentServices,
  Log,
  ProcessContext,
  Self,
} from '../../../src/protocol/definition/context.ts'

/** The context of one handler among several of its process: that of the process, but for what is of this one alone. */
export class HandlerContext implements ProcessContext {
  readonly #process: ProcessContext
  readonly letGo: () => void

  constructor(process: ProcessContext, letGo: () => void) {
    this.#process = process
    this.letGo = letGo
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
