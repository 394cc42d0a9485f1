import { declarationFault } from '../protocol/bytes/declaration-fault.ts'
import { Declared } from '../protocol/bytes/declared.ts'
import type { LooseCodec } from '../protocol/bytes/declared.ts'
import type { Classes, Codecs } from '../protocol/definition/codec.ts'
import { wrongValue } from '../protocol/wrong-value.ts'

/**
 * What the options of `createRuntime` declare. Undefined where that is nothing.
 * @throws MoultError `INVALID_OPTION`
 */
export function declaredBy({ classes = {}, codecs = {} }: Declaration): Declared | undefined {
  const fault = declarationFault(classes, codecs)
  if (fault !== undefined)
    throw wrongValue('createRuntime', fault.path, fault.expected, fault.received)
  // They have been checked.
  return Declared.of('createRuntime', classes, codecs as Readonly<Record<string, LooseCodec>>)
}

interface Declaration {
  readonly classes?: Classes
  readonly codecs?: Codecs
}
