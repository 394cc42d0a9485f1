import type { Transferable } from 'node:worker_threads'
import { movesWith } from '../src/protocol/cargo.ts'
import { sharedNow } from '../src/protocol/clock.ts'
import type { EntryTimes } from '../src/protocol/migration.ts'
import type { CopyStates, Question, RehearseAll, StateCopy } from '../src/protocol/questions.ts'
import { encodeThrown } from '../src/protocol/thrown.ts'
import type { Outbox } from './outbox.ts'
import type { ProcessHost } from './process-host.ts'
import { isPromiseLike } from './promise-like.ts'
import { takeOver } from './take-over.ts'
import type { Version } from './version.ts'

/** How long (ms) many copies in a row may hold up the messages of those who are served meanwhile; what is left is asked for one by one. */
const COPYING_MS = 1
/** The same where nobody is served. */
const TRYING_MS = 20
/** Of many, only states up to this size are copied: the copies of all of them wait on main. */
const SMALL_BYTES = 16 * 1024

/** Whose copies they are. */
interface Hosts {
  readonly version: Version
  hostOf(slot: number): ProcessHost
  findHost(slot: number): ProcessHost | undefined
}

interface Reply {
  readonly value: unknown
  readonly moves: readonly Transferable[]
}

/** Answers what main asks when thousands of processes move: copies of states, and migrations that are tried on them. */
export class Questions {
  readonly #outbox: Outbox
  readonly #hosts: Hosts

  constructor(outbox: Outbox, hosts: Hosts) {
    this.#outbox = outbox
    this.#hosts = hosts
  }

  async answer(question: Question): Promise<void> {
    const { number } = question
    try {
      const { value, moves } = await this.#replyTo(question)
      this.#outbox.gather({ type: 'answered', number, threw: false, value }, moves)
    } catch (error) {
      this.#outbox.gather({ type: 'answered', number, threw: true, value: encodeThrown(error) })
    }
  }

  async #replyTo(question: Question): Promise<Reply> {
    switch (question.type) {
      case 'copy-state': {
        const value = await this.#hosts.hostOf(question.slot).copyState(question.scope)
        return { value, moves: movesWith(value) }
      }
      case 'copy-states':
        return { value: this.#copyAll(question), moves: [] }
      case 'rehearse': {
        const conversion = { ...question.conversion, verify: true }
        const { times } = await takeOver(this.#hosts.version, conversion)
        return { value: times, moves: [] }
      }
      case 'rehearse-all':
        return { value: this.#tryAll(question), moves: [] }
    }
  }

  #copyAll({ slots, scope }: CopyStates): (StateCopy | undefined)[] {
    const until = sharedNow() + COPYING_MS
    return slots.map((slot) => {
      if (sharedNow() > until) return undefined
      return unlessItThrows(() => {
        const copy = this.#hosts.findHost(slot)?.copyNow(scope)
        const isSmall = copy?.beside === undefined && (copy?.bytes.length ?? 0) <= SMALL_BYTES
        return isSmall ? copy : undefined
      })
    })
  }

  #tryAll({ states, migration }: RehearseAll): (EntryTimes | undefined)[] {
    const until = sharedNow() + TRYING_MS
    return states.map((bytes) => {
      if (sharedNow() > until) return undefined
      return unlessItThrows(() => {
        const copy = { bytes, beside: undefined, migration, verify: true }
        const taken = takeOver(this.#hosts.version, copy)
        if (!isPromiseLike(taken)) return taken.times
        // It is tried again on its own, and waited for.
        taken.then(undefined, () => undefined)
        return undefined
      })
    })
  }
}

/** What fails is asked for again on its own, to be told. */
function unlessItThrows<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
