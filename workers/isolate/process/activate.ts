import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { Outbox } from '../outbox.ts'
import type { ProcessHost } from './process-host.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'

/**
 * Lets a process make its first state, and says how that went. Not where main was told nothing in time and has
 * deactivated it: its slot may be another's by then, which would be taken to have come.
 */
export function init(host: ProcessHost, args: unknown, slot: number, outbox: Outbox): void {
  const tell = (): void => {
    if (!host.hasEnded) outbox.control(slot, Outcome.Initialised, undefined)
  }
  const fail = (error: unknown): void => {
    if (!host.hasEnded) outbox.control(slot, Outcome.NotInitialised, encodeThrown(error))
  }
  try {
    const begun = host.init(args)
    if (isPromiseLike(begun)) Promise.resolve(begun).then(tell).catch(fail)
    else tell()
  } catch (error) {
    fail(error)
  }
}
