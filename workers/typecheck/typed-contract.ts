import type ts from 'typescript'
import type { TypedContract, TypedContracts } from '../../src/protocol/jobs/typecheck.ts'
import { propertyType } from './typed-definition.ts'
import type { TypedDefinition, Types } from './typed-definition.ts'
import type { TypedVersion, TypeProgram } from './type-program.ts'

/** The contracts of both versions by their sources; undefined where one does not list its members. */
export function contractsOf(program: TypeProgram): TypedContracts | undefined {
  const older = contractOf(program, program.older)
  const newer = contractOf(program, program.newer)
  return older && newer && { older, newer }
}

function contractOf(
  types: Types,
  { definition, version = 'a label that is computed' }: TypedVersion,
): TypedContract | undefined {
  if (definition === undefined) return undefined
  const [calls, casts, emits, codeChange, downgrade] = (
    ['calls', 'casts', 'emits', 'codeChange', 'downgrade'] as const
  ).map((field) => entriesOf(types, definition, field))
  if (!calls || !casts || !emits || !codeChange || !downgrade) return undefined
  return {
    version,
    calls: [...calls.keys()],
    casts: [...casts.keys()],
    ...(emits.size > 0 && { emits: [...emits.keys()] }),
    codeChange: kindsOf(codeChange),
    downgrade: kindsOf(downgrade),
  }
}

function kindsOf(steps: ReadonlyMap<string, ts.Type>): TypedContract['codeChange'] {
  const kinds = Array.from(steps, ([label, step]) => {
    return [label, isUnchanged(step) ? 'unchanged' : 'function'] as const
  })
  return Object.fromEntries(kinds)
}

/** The types in a field of a definition, by name. Undefined where the field's type does not list them. */
function entriesOf(
  types: Types,
  { type, node }: TypedDefinition,
  field: string,
): ReadonlyMap<string, ts.Type> | undefined {
  const { checker, ts } = types
  const all = propertyType(types, type, field, node)
  if (all === undefined) return new Map()
  if ((all.flags & ts.TypeFlags.Any) !== 0 || checker.getIndexInfosOfType(all).length > 0) {
    return undefined
  }
  const properties = all.getProperties()
  return new Map(
    properties.map((each) => [each.name, checker.getTypeOfSymbolAtLocation(each, node)]),
  )
}

function isUnchanged(step: ts.Type): boolean {
  return step.isStringLiteral() && step.value === 'unchanged'
}
