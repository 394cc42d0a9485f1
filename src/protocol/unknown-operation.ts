import type { Contract } from './definition/contract.ts'
import { MoultError } from './errors.ts'
import { hintOf } from './nearest-name.ts'

/** Says that a version has no call or cast of a name, and which it has. */
export function unknownOperation(
  kind: 'call' | 'cast',
  name: string,
  contract: Pick<Contract, 'version' | 'calls' | 'casts'>,
  process: string,
): MoultError {
  const code = kind === 'call' ? 'UNKNOWN_CALL' : 'UNKNOWN_CAST'
  const known = kind === 'call' ? contract.calls : contract.casts
  const others = kind === 'call' ? contract.casts : contract.calls
  const hint = others.includes(name)
    ? ` ('${name}' is a ${kind === 'call' ? 'cast' : 'call'})`
    : hintOf(name, known)
  const expected = known.length === 0 ? `no ${kind} at all` : `one of ${known.join(', ')}`
  return new MoultError(
    code,
    `${process} (${contract.version}) has no ${kind} '${name}'${hint}; expected ${expected}`,
    { process, version: contract.version, expected, received: name },
  )
}
