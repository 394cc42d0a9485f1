import type { Transferable } from 'node:worker_threads'
import { movesWith } from '../../src/protocol/bytes/payload.ts'
import { isPromiseLike } from '../../src/protocol/promise-like.ts'
import { thrownAnswer } from '../../src/protocol/wire/pending-requests.ts'
import { loneState } from '../../src/protocol/wire/requests.ts'
import type { CopiedStates, ExportedStates, Request } from '../../src/protocol/wire/requests.ts'
import type { Outbox } from './outbox.ts'
import { beginLone, copyStates, enterBatch, suspendBatch } from './process/batch.ts'
import type { Hosts } from './process/batch.ts'
import { tryStates } from './process/dry-run.ts'

const nothing: readonly Transferable[] = []

/**
 * Answers what main asks when processes move. States that are to enter do so at once, before what was delivered behind
 * them.
 */
export class Requests {
  readonly #outbox: Outbox
  readonly #hosts: Hosts

  constructor(outbox: Outbox, hosts: Hosts) {
    this.#outbox = outbox
    this.#hosts = hosts
  }

  /** At once where nothing has to be awaited: what is told so comes before all that is handled behind it. */
  answer(request: Request): void {
    const { number } = request
    const fail = (error: unknown): void => this.#outbox.gather(thrownAnswer(number, error))
    try {
      const value = this.#replyTo(request)
      if (isPromiseLike(value))
        value.then((later) => this.#tell(request, later)).then(undefined, fail)
      else this.#tell(request, value)
    } catch (error) {
      fail(error)
    }
  }

  #replyTo(request: Request): unknown {
    switch (request.type) {
      case 'copy':
        return copyStates(this.#hosts, request)
      case 'try':
        return tryStates(this.#hosts.version, request)
      case 'suspend':
        return suspendBatch(this.#hosts, request)
      case 'enter':
        return enterBatch(this.#hosts, request)
    }
  }

  #tell(request: Request, value: unknown): void {
    const { number, type } = request
    this.#outbox.gather({ type: 'answer', number, threw: false, value }, movesOf(type, value))
    if (type !== 'enter') return
    // The message that is handled behind it may never end: main is not to wait for that.
    this.#outbox.flush()
    beginLone(this.#hosts, request)
  }
}

/** The states of an answer move. */
function movesOf(type: Request['type'], value: unknown): readonly Transferable[] {
  if (type === 'copy') return movesWith(value as CopiedStates)
  if (type === 'suspend') return movesWith(loneState(value as ExportedStates))
  return nothing
}
