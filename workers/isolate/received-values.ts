import type { Declared } from '../../src/protocol/bytes/declared.ts'
import type { Prototypes } from '../../src/protocol/bytes/prototypes.ts'
import { revive } from '../../src/protocol/bytes/revive.ts'
import type { Birth, DeliverMoved } from '../../src/protocol/wire/messages.ts'
import { thrownAnswer } from '../../src/protocol/wire/pending-requests.ts'
import type { Answer } from '../../src/protocol/wire/pending-requests.ts'
import { Unreadable } from './process/inbox.ts'
import type { QueuedRun } from './process/inbox.ts'

/** Values of a batch that only what the version declares can read. */
export class ReceivedValues {
  readonly #prototypes = new Map<unknown, Prototypes>()

  readonly note = (value: unknown, prototypes: Prototypes): void => {
    this.#prototypes.set(value, prototypes)
  }

  get isEmpty(): boolean {
    return this.#prototypes.size === 0
  }

  /** A run of which those are what they were, in their places. */
  revived(run: QueuedRun, declared: Declared | undefined): QueuedRun {
    const batch = run.batch as unknown[]
    let hasUnreadable = false
    for (let { at } = run; at < run.end; at++) {
      const prototypes = this.#take(batch[at])
      if (prototypes === undefined) continue
      batch[at] = payloadOf(batch[at], prototypes, declared)
      if (batch[at] instanceof Unreadable) hasUnreadable = true
    }
    return hasUnreadable ? { ...run, hasUnreadable } : run
  }

  /** The argument of `init`. @throws MoultError `NOT_DECLARED`, `CODEC_FAILED` */
  argsOf(birth: Birth, declared: Declared | undefined): unknown {
    revive(birth, this.#take(birth), declared, 'args', () => birth[2])
    return birth[2]
  }

  #take(value: unknown): Prototypes | undefined {
    const prototypes = this.#prototypes.get(value)
    if (prototypes !== undefined) this.#prototypes.delete(value)
    return prototypes
  }
}

/** A message whose payload is what it was. */
export function revivedMoved(message: DeliverMoved, declared: Declared | undefined): DeliverMoved {
  return { ...message, payload: payloadOf(message.payload, message.prototypes, declared) }
}

function payloadOf(
  value: unknown,
  prototypes: Prototypes | undefined,
  declared: Declared | undefined,
): unknown {
  try {
    return revive(value, prototypes, declared, 'payload')
  } catch (error) {
    return new Unreadable(error)
  }
}

/** An answer with its value as what it was, or with why that cannot be. */
export function revivedAnswer(answer: Answer, declared: Declared | undefined): Answer {
  const { number, threw, value, prototypes } = answer
  if (threw || prototypes === undefined) return answer
  try {
    return { ...answer, value: revive(value, prototypes, declared, 'reply'), prototypes: undefined }
  } catch (error) {
    return thrownAnswer(number, error)
  }
}
