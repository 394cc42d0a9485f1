import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import { Outcome } from '../../../src/protocol/wire/messages.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import type { EntryTimes } from '../../../src/protocol/wire/migration.ts'
import { isPromiseLike } from '../../../src/protocol/promise-like.ts'
import type { Version } from '../../state/version.ts'
import type { Outbox } from '../outbox.ts'
import { importState } from './importer.ts'
import type { ImportMeans, ImportRequest, Imported } from './importer.ts'
import { migrated } from './migrated.ts'
import { openedImport } from './open-resource.ts'
import type { ProcessHost } from './process-host.ts'

/**
 * Lets a process make its first state, and says how that went. Not where main was told nothing in time and has
 * deactivated it: its slot may be another's by then, which would be taken to have come.
 */
export function init(host: ProcessHost, args: () => unknown, slot: number, outbox: Outbox): void {
  const tell = (): void => {
    if (!host.hasEnded) outbox.control(slot, Outcome.Initialised, undefined)
  }
  const fail = (error: unknown): void => {
    if (!host.hasEnded) outbox.control(slot, Outcome.NotInitialised, encodeThrown(error))
  }
  try {
    const begun = host.init(args())
    if (isPromiseLike(begun)) Promise.resolve(begun).then(tell).catch(fail)
    else tell()
  } catch (error) {
    fail(error)
  }
}

/**
 * Lets a process take over a state that another version has given up. A promise only where something is to be awaited;
 * undefined where main has given it up.
 */
export function enter(
  host: ProcessHost,
  version: Version,
  payload: Payload,
  { hold, ...request }: ImportRequest & { readonly hold: boolean },
  means?: ImportMeans,
): EntryTimes | undefined | PromiseLike<EntryTimes | undefined> {
  const take = (): Imported | Promise<Imported> => importState(version, payload, request, means)
  const imported = openedImport(host.resource, migrated(host, request.migration, take))
  if (isPromiseLike(imported)) return imported.then((later) => host.take(later, hold))
  return host.take(imported, hold)
}
