import { revive } from '../../src/protocol/bytes/revive.ts'
import { reasonOf } from '../../src/protocol/reason.ts'
import type { AuditedMessage } from '../../src/protocol/wire/control.ts'
import type { Version } from '../state/version.ts'
import { asyncContexts } from './async-contexts.ts'

/** Tries each on its own: one that does not fit does not affect the others. Null for one that fits. */
export function audit(
  version: Version,
  messages: readonly (AuditedMessage | null)[],
): Promise<(string | null)[]> {
  return Promise.all(messages.map((message) => reasonAgainst(version, message)))
}

async function reasonAgainst(
  version: Version,
  message: AuditedMessage | null,
): Promise<string | null> {
  if (message === null) return null
  try {
    const { prototypes } = message
    const payload = revive(message.payload, prototypes, version.declared, 'payload')
    const { kind, name, accept } = version.operation(message.operation)
    const origin = { process: undefined, during: kind, name }
    await asyncContexts.runAs(origin, () => accept(payload))
    return null
  } catch (error) {
    return reasonOf(error)
  }
}
