import type ts from 'typescript'
import { unknownMisfits } from './message-check.ts'
import { propertyType } from './typed-definition.ts'
import { misfits, nodeOf } from './version-pair.ts'
import type { Misfit, VersionPair } from './version-pair.ts'

/** Where a Standard Schema tells what it gives. */
const OUTPUT = ['~standard', 'types', 'output'] as const

/** Misfits of events that remain: in the data that listeners of the older version expect. */
export function eventMisfits(pair: VersionPair): readonly Misfit[] {
  const [older, newer] = [pair.older, pair.newer].map(({ type, node }) => {
    return propertyType(pair, type, 'emits', node)
  })
  if (older === undefined || newer === undefined) return []
  return older.getProperties().flatMap(({ name }) => dataMisfits(pair, older, newer, name))
}

function dataMisfits(
  pair: VersionPair,
  older: ts.Type,
  newer: ts.Type,
  name: string,
): readonly Misfit[] {
  const expected = dataOf(pair, older, name)
  const came = dataOf(pair, newer, name)
  if (expected === undefined || came === undefined) return []
  const node = nodeOf(pair, newer, name, pair.newer.node)
  const event = `event "${name}"`
  const unknown = unknownMisfits(pair, { name: event, node }, 'data', expected, came)
  if (unknown.length > 0) return unknown
  return misfits(pair, {
    node,
    came,
    expected,
    isExact: false,
    say: (one, other) => `${event} tells ${one}, but listeners of ${pair.from} expect ${other}`,
  })
}

/** What listeners are told. Undefined where the version has no such event. */
function dataOf(pair: VersionPair, events: ts.Type, name: string): ts.Type | undefined {
  const { checker, newer } = pair
  let type = propertyType(pair, events, name, newer.node)
  for (const field of OUTPUT) {
    const property = type && checker.getPropertyOfType(checker.getNonNullableType(type), field)
    type = property && checker.getTypeOfSymbolAtLocation(property, newer.node)
  }
  return type
}
