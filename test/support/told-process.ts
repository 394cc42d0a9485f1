import { createVersion } from '../../src/versions/version.ts'
import type { Image } from '../../src/versions/image.ts'
import type { Version } from '../../src/versions/version.ts'
import { Message } from '../../src/processes/message.ts'
import type { MessageKind } from '../../src/processes/message.ts'
import { Version as LoadedVersion } from '../../workers/state/version.ts'

/** What main knows of a version, and what its thread has of it. There is no image. */
export function versionOf(definition: object): Version {
  return createVersion({} as Image, new LoadedVersion(definition).contract, {})
}

/** A message, and what became of it: how often it was settled, and with what. */
export interface Sent {
  readonly message: Message
  readonly ends: { readonly value?: unknown; readonly error?: unknown }[]
}

export function sent(name: string, payload?: unknown, kind: MessageKind = 'call'): Sent {
  const ends: Sent['ends'] = []
  const caller = {
    resolve: (value: unknown) => void ends.push({ value }),
    reject: (error: unknown) => void ends.push({ error }),
  }
  return { message: new Message(kind, name, payload, kind === 'cast' ? undefined : caller), ends }
}
