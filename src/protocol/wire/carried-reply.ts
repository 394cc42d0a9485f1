import { Declared } from '../bytes/declared.ts'
import { prototypesOf } from '../bytes/prototypes.ts'
import { revive } from '../bytes/revive.ts'

const nothing = new Declared('createRuntime', {}, {})

/**
 * A reply that only what is declared can read. The promise of a caller on main that is resolved with it resolves to what
 * it was: so nothing is asked of a reply that is data. A caller in another thread is sent the value as it has come.
 */
export class CarriedReply implements PromiseLike<unknown> {
  readonly value: unknown
  readonly #declared: Declared

  constructor(value: unknown, declared = nothing) {
    this.value = value
    this.#declared = declared
  }

  readonly then: PromiseLike<unknown>['then'] = (onRead, onFailed) => {
    const read = Promise.resolve().then(() => {
      return revive(this.value, prototypesOf(this.value), this.#declared, 'reply')
    })
    return read.then(onRead, onFailed)
  }

  /** The value of a reply as it has come. */
  static valueOf(reply: unknown): unknown {
    return reply instanceof CarriedReply ? reply.value : reply
  }
}
