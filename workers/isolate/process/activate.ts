import { Outcome } from '../../../src/protocol/wire/messages.ts'
import type { Enter } from '../../../src/protocol/wire/messages.ts'
import type { EntryTimes } from '../../../src/protocol/wire/migration.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { Outbox } from '../outbox.ts'
import type { ProcessHost } from './process-host.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import type { TableReceiver } from '../../tables/table-receiver.ts'

/**
 * Lets a process make its first state, and says how that went. Not where main was told nothing in time and has deactivated it:
 * its slot may be another's by then, who would be taken to have come.
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

/** Lets a process take its state over, behind what `ahead` has received of its tables, and says how that went, with the same exception. */
export function enter(
  host: ProcessHost,
  message: Enter,
  outbox: Outbox,
  ahead?: TableReceiver,
): void {
  const { slot } = message
  const tell = (times: EntryTimes | undefined): void => {
    if (times === undefined) return
    outbox.gather({ type: 'entered', slot, ...times })
    host.begin()
  }
  const fail = (error: unknown): void => {
    if (!host.hasEnded) outbox.post({ type: 'not-entered', slot, error: encodeThrown(error) })
  }
  try {
    const times = host.importState(message, { ahead })
    if (isPromiseLike(times)) Promise.resolve(times).then(tell).catch(fail)
    else tell(times)
  } catch (error) {
    fail(error)
  }
}
