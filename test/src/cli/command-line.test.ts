// @module-tag once
import { describe, expect, test } from 'vitest'
import { USAGE, UsageError, parseCommandLine } from '../../../src/cli/command-line.ts'

const versions = ['check', 'v1.ts', 'v2.ts']
const files = { older: 'v1.ts', newer: 'v2.ts', store: undefined, external: [] }
const plain = { ...files, json: false, allowRemoved: false }
const searched = { states: undefined, runs: 1000, seed: undefined, limitMs: 30_000 }

describe('what is asked for', () => {
  test.each([
    ['', {}],
    ['--json', { json: true }],
    ['--allowRemoved', { allowRemoved: true }],
    ['--store images', { store: 'images' }],
    ['--store=images', { store: 'images' }],
    ['--external pg --external=@scope/name', { external: ['pg', '@scope/name'] }],
    ['--search', { search: searched }],
    ['--search --states states.json', { search: { ...searched, states: 'states.json' } }],
    ['--search --runs 1', { search: { ...searched, runs: 1 } }],
    ['--search --runs 2147483647', { search: { ...searched, runs: 2 ** 31 - 1 } }],
    ['--search --seed 0', { search: { ...searched, seed: 0 } }],
    ['--search --seed=-2147483648', { search: { ...searched, seed: -(2 ** 31) } }],
    ['--search --limit 0', { search: { ...searched, limitMs: 0 } }],
    ['--limit 5 --search --seed 7', { search: { ...searched, limitMs: 5000, seed: 7 } }],
  ])('check OLD NEW %s', (options, expected) => {
    const args = options === '' ? [] : options.split(' ')
    const command = { ...plain, search: undefined, ...expected }
    expect(parseCommandLine([...versions, ...args])).toEqual(command)
    // Options may stand anywhere.
    expect(parseCommandLine([...args, ...versions])).toEqual(command)
  })

  test.each([[[]], [['--help']], [['-h']], [['check', '--help']], [['what', '-h']]])(
    'help: %j',
    (args) => {
      expect(parseCommandLine(args)).toBeUndefined()
    },
  )

  test('what begins with a dash, after two', () => {
    const command = parseCommandLine(['check', '--', '-old.ts', '--new.ts'])
    expect(command).toMatchObject({ older: '-old.ts', newer: '--new.ts' })
  })
})

describe('a misuse', () => {
  const number = (name: string, least: string) => (text: string) =>
    [`--search --${name}=${text}`, `--${name} should be a whole number from ${least}`] as [
      string,
      string,
    ]
  test.each<[string, string]>([
    ['--verbose', `'--verbose'`],
    ['-x', `'-x'`],
    ['--store', `'--store <value>'`],
    ['--store=', '--store should name a folder'],
    ['--external=', '--external should name a package'],
    ['--search --states=', '--states should name a file'],
    ['--json=yes', `'--json'`],
    ['--search --search=false', `'--search'`],
    ['--states states.json', '--states needs --search'],
    ['--runs 5', '--runs needs --search'],
    ['--seed 5', '--seed needs --search'],
    ['--limit 5', '--limit needs --search'],
    ['third.ts', 'check takes two versions: OLD and NEW'],
    ...['0', '-1', '1.5', 'many', '', ' ', '1e3', '0x10', '2147483648', 'NaN'].map(
      number('runs', '1'),
    ),
    ...['1.5', '', '-2147483649', 'Infinity'].map(number('seed', '-2147483648')),
    ...['-1', '0.5', '', '30s'].map(number('limit', '0')),
  ])('%s: %s', (options, message) => {
    const args = options.match(/--\w+=.*$|\S+/g) ?? []
    expect(() => parseCommandLine([...versions, ...args])).toThrow(UsageError)
    expect(() => parseCommandLine([...versions, ...args])).toThrow(message)
  })

  test.each([
    [['check'], 'check takes two versions'],
    [['check', 'v1.ts'], 'check takes two versions'],
    [['check', '', 'v2.ts'], 'check takes two versions'],
    [['prove', 'v1.ts', 'v2.ts'], `there is no command 'prove'`],
    [['v1.ts', 'v2.ts'], `there is no command 'v1.ts'`],
    [['--json'], 'a command is missing'],
  ])('%j: %s', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError)
    expect(() => parseCommandLine(args)).toThrow(message)
  })
})

test('the usage names each option', () => {
  const names = [
    'allowRemoved',
    'search',
    'states',
    'runs',
    'seed',
    'limit',
    'store',
    'external',
    'json',
    'help',
  ]
  for (const name of names) expect(USAGE).toMatch(new RegExp(`^  --${name}\\b`, 'm'))
})
