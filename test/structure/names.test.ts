// @module-tag once
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { sourceFiles } from './source-tree.ts'
import type { SourceFile } from './source-tree.ts'

/** Words that were said beside another for the same thing, in the forms in which they stood, and the word that is said. */
const retired: Readonly<Record<string, string>> = {
  'tenancy tenancies tenant tenants resident residents': 'activation',
  'home homes hosting berth berths': 'placement, directory',
  'vacate vacates vacated': 'deactivate',
  'evict evicts evicted eviction depart departs departed': 'deactivate',
  'trial trials': 'dry run; candidate of a search',
  'rehearsal rehearsals': 'dry run',
  'scratch scratches': 'sandbox',
  'waypoint waypoints': 'hop',
  'route routes': 'migration path',
  'joint together': 'batch',
  'question questions': 'request',
  'errand errands': 'control',
  'cargo cargos': 'payload',
  'beside besides': 'attachments',
  'consignment consignments parcel parcels baggage': 'payload, attachments',
  patience: 'deadlines',
  'mover movers': 'onStop',
  'arrival arrivals arrived arriving entrance entrances': 'import, activate',
  'departure departures departing': 'export',
  'take-over taken-over': 'import',
  'give-back gives-back given-back': 'releasePlace, releaseLabel, returnBuffers',
  'give-up gives-up': 'abandon',
  'lent-room lend-room make-room take-room room-for': 'preallocated buffers',
  'standing stage': 'CellState, HandOverState',
  'is-stepping': 'wantsUpgrade',
  'see-them-gone': 'waitUntilLeft',
}

/** What a file may say all the same: the word is plain English there, and not what was called so. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // The number under which a message has come to a mailbox.
  'src/processes/dispatch.ts': ['arrival', 'arrivals'],
  'src/processes/mailbox.ts': ['arrival', 'arrivals', '#arrivals'],
  'src/processes/message.ts': ['arrival'],
  'src/processes/message-end.ts': ['arrival'],
  'src/processes/replay.ts': ['arrival'],
  'src/processes/replays.ts': ['arrival'],
}

const phrases = new Map(
  Object.entries(retired).flatMap(([words, say]) => {
    return words.split(' ').map((phrase) => [phrase, say] as const)
  }),
)
const longest = Math.max(...[...phrases.keys()].map((phrase) => phrase.split('-').length))

/** The retired word in a name, be it written `likeThis`, `LikeThis`, `LIKE_THIS` or `like-this`. */
function retiredWordIn(name: string): string | undefined {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(from + longest, words.length); to++) {
      const phrase = words.slice(from, to).join('-').toLowerCase()
      if (phrases.has(phrase)) return phrase
    }
  }
  return undefined
}

/** The names in a file, its own among them: identifiers, and strings that are one word, as the tags of messages are. */
function namesIn({ file, tree }: Pick<SourceFile, 'file' | 'tree'>): Set<string> {
  const names = new Set(path.posix.join(path.posix.dirname(file), path.parse(file).name).split('/'))
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || isTag(node)) names.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return names
}

function isTag(node: ts.Node): node is ts.StringLiteral {
  return ts.isStringLiteral(node) && /^[A-Za-z]+([-_][A-Za-z]+)*$/.test(node.text)
}

const found = sourceFiles('src', 'workers').flatMap((each) => {
  return [...namesIn(each)].flatMap((name) => {
    const word = retiredWordIn(name)
    return word === undefined ? [] : [{ file: each.file, name, word }]
  })
})

test('no name says a retired word', () => {
  const others = found.filter(({ file, name }) => allowed[file]?.includes(name) !== true)
  expect(
    others.map(({ file, name, word }) => `${file}: ${name}: say ${phrases.get(word)}`),
  ).toEqual([])
})

test('no exception has become needless', () => {
  const excepted = Object.entries(allowed).flatMap(([file, names]) => {
    return names.map((name) => ({ file, name }))
  })
  const needless = excepted.filter(({ file, name }) => {
    return !found.some((each) => each.file === file && each.name === name)
  })
  expect(needless).toEqual([])
})

describe('a retired word is seen', () => {
  const names = (text: string): string[] => {
    const tree = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true)
    return [...namesIn({ file: 'src/a.ts', tree })].filter((name) => retiredWordIn(name))
  }

  test.each([
    ['class OldTenancy {}', ['OldTenancy']],
    ['class A { #berths = 1 }', ['#berths']],
    ['const PATIENCE_MS = 1', ['PATIENCE_MS']],
    ["post({ type: 'take-over' })", ['take-over']],
    ["type A = { kind: 'joint' }", ['joint']],
    ['place.giveBack()', ['giveBack']],
  ])('in %s', (text, expected) => {
    expect(names(text)).toEqual(expected)
  })

  test.each([
    '/** What a tenant leaves beside. */ const left = 1',
    "throw new Error('the trial of this route')",
    'const reroutes = takeAway(overTaken)',
  ])('but not in %s', (text) => {
    expect(names(text)).toEqual([])
  })
})
