import type { Self } from '../../../src/protocol/definition/context.ts'
import type { Version } from '../../state/version.ts'
import { DryRunContext } from './dry-run-context.ts'
import type { Imported } from './importer.ts'
import { OpenResource, openedImport } from './open-resource.ts'

/** Opens what a process would have beside a migrated copy of its state, and closes it again. */
export function tryOpen(
  { live, context, contract }: Version,
  owner: Pick<Self, 'id' | 'name'> | undefined,
  imported: Imported | Promise<Imported>,
): Imported | Promise<Imported> {
  if (live === undefined || context === undefined || owner === undefined) return imported
  const self = Object.freeze({ ...owner, version: contract.version })
  return openAndClose(live, new DryRunContext(self, context), imported)
}

/** @throws MoultError `OPEN_FAILED`, unless another process was called, which a dry run does not do. */
async function openAndClose(
  live: NonNullable<Version['live']>,
  context: DryRunContext,
  imported: Imported | Promise<Imported>,
): Promise<Imported> {
  const taken = await imported
  const resource = new OpenResource(live, { self: context.self, slot: undefined }, context)
  try {
    const opened = await openedImport(resource, taken)
    await resource.close()
    return opened
  } catch (error) {
    if (context.hasCalled) return taken
    throw error
  } finally {
    context.end()
  }
}
