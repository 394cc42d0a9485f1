import type { Transferable } from 'node:worker_threads'
import { movesWith } from '../../src/protocol/bytes/payload.ts'
import { thrownAnswer } from '../../src/protocol/wire/pending-requests.ts'
import type { Request } from '../../src/protocol/wire/requests.ts'
import type { Outbox } from './outbox.ts'
import { importState } from './process/importer.ts'
import { copyAll, enterAll, suspendAll, tryAll } from './process/batch.ts'
import type { Hosts } from './process/batch.ts'

interface Reply {
  readonly value: unknown
  readonly moves: readonly Transferable[]
}

/** Answers what main asks when thousands of processes move. A state that is to enter does so at once, before what was delivered behind it. */
export class Requests {
  readonly #outbox: Outbox
  readonly #hosts: Hosts

  constructor(outbox: Outbox, hosts: Hosts) {
    this.#outbox = outbox
    this.#hosts = hosts
  }

  async answer(request: Request): Promise<void> {
    const { number } = request
    try {
      const { value, moves } = await this.#replyTo(request)
      this.#outbox.gather({ type: 'answer', number, threw: false, value }, moves)
    } catch (error) {
      this.#outbox.gather(thrownAnswer(number, error))
    }
  }

  async #replyTo(request: Request): Promise<Reply> {
    switch (request.type) {
      case 'copy-state': {
        const value = await this.#hosts.hostOf(request.slot).copyState(request.scope)
        return { value, moves: movesWith(value) }
      }
      case 'copy-states': {
        const value = copyAll(this.#hosts, request)
        return { value, moves: [value.bytes.buffer] }
      }
      case 'rehearse': {
        const conversion = { ...request.conversion, verify: true }
        const { times } = await importState(this.#hosts.version, conversion)
        return { value: times, moves: [] }
      }
      case 'rehearse-all':
        return { value: await tryAll(this.#hosts, request), moves: [] }
      case 'suspend-all': {
        const value = suspendAll(this.#hosts, request)
        return { value, moves: [value.states.bytes.buffer] }
      }
      case 'enter-all':
        return { value: await enterAll(this.#hosts, request), moves: [] }
    }
  }
}
