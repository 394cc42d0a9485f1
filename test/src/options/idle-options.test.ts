// @module-tag once
import { expect, test } from 'vitest'
import { spawnSchema } from '../../../src/options/options.ts'
import { parseOptions } from '../../../src/options/parse-options.ts'
import { refusal, schemas } from './refusal.ts'

/** Options that have no effect beside the others, and why. */
const idle: readonly (readonly [keyof typeof schemas, object, path: string, where: string])[] = [
  ...(['upgrade', 'downgrade', 'rollBack'] as const).flatMap((where) => [
    [where, { mode: 'atomic', groupSize: 4 }, 'groupSize', "mode is 'atomic'"] as const,
    [where, { mode: 'atomic', throttleMs: 0 }, 'throttleMs', "mode is 'atomic'"] as const,
    [where, { mode: 'atomic', blocked: 'fail' }, 'blocked', "mode is 'atomic'"] as const,
    [
      where,
      { maxPauseMs: 5, groupSize: 2 },
      'groupSize',
      'maxPauseMs is given: then one process moves at a time',
    ] as const,
  ]),
  ...(['upgrade', 'upgrade of one', 'watch'] as const).map(
    (where) =>
      [
        where,
        { rehearse: false, maxPauseMs: 0 },
        'maxPauseMs',
        'rehearse is false: it is the dry run that measures the pause',
      ] as const,
  ),
  [
    'upgrade',
    { rehearse: { sample: 5 }, maxPauseMs: 5 },
    'maxPauseMs',
    'rehearse has a sample: it is the dry run of each that measures its pause',
  ],
  [
    'spawn',
    { restart: { policy: 'temporary', maxRestarts: 0 } },
    'restart.maxRestarts',
    "policy is 'temporary'",
  ],
  [
    'spawn',
    { restart: { policy: 'temporary', withinMs: 5 } },
    'restart.withinMs',
    "policy is 'temporary'",
  ],
  [
    'spawn',
    { restart: { policy: 'temporary', from: 'init' } },
    'restart.from',
    "policy is 'temporary'",
  ],
  ['spawn', { restart: { from: 'never', orElse: 'init' } }, 'restart.orElse', "from is 'never'"],
  ['spawn', { restart: { from: 'init', orElse: 'init' } }, 'restart.orElse', "from is 'init'"],
]

test.each(idle)('%s: %o has an option without effect: %s', (where, options, path, reason) => {
  const error = refusal(where, options)
  expect(error).toMatchObject({
    code: 'INVALID_OPTION',
    path,
    expected: `left out where ${reason}`,
  })
  expect(error.message).toContain(`${path} should be left out where ${reason}, but is the `)
})

test.each<readonly [keyof typeof schemas, object]>([
  ['upgrade', { mode: 'atomic', groupSize: undefined, maxPauseMs: 5 }],
  ['upgrade', { mode: 'rolling', groupSize: 2, throttleMs: 5, blocked: 'wait' }],
  ['upgrade', { groupSize: 1, maxPauseMs: 5, throttleMs: 5 }],
  ['upgrade', { groupSize: 2, maxPauseMs: Infinity }],
  ['watch', { rehearse: false, maxPauseMs: Infinity }],
  ['upgrade', { rehearse: { sample: 5 }, maxPauseMs: Infinity }],
  ['spawn', { restart: { policy: 'transient', maxRestarts: 0, withinMs: 5 } }],
  ['spawn', { restart: { policy: 'temporary', maxRestarts: undefined } }],
  ['createRuntime', { maxIsolates: 2, warmSpares: 2 }],
])('%s: %o has options that have an effect, or none', (where, options) => {
  expect(() => parseOptions(where, schemas[where], options as unknown)).not.toThrow()
})

test('more spares than there may be threads would never be there', () => {
  const error = refusal('createRuntime', { maxIsolates: 2, warmSpares: 3 })
  expect(error.message).toBe(
    'createRuntime: warmSpares should be at most maxIsolates, but is the number 3',
  )
})

test('a restart has the defaults of its policy', () => {
  const restartOf = (options: unknown): unknown => {
    return parseOptions('spawn', spawnSchema, options).restart
  }
  const often = { maxRestarts: 3, withinMs: 5_000 }
  const usual = { policy: 'transient', ...often, from: 'checkpoint', orElse: 'stop' }
  expect(restartOf({})).toEqual(usual)
  expect(restartOf({ restart: { maxRestarts: 1 } })).toEqual({ ...usual, maxRestarts: 1 })
  expect(restartOf({ restart: { policy: 'temporary' } })).toMatchObject({ policy: 'temporary' })
  expect(restartOf({ restart: { from: 'never' } })).toMatchObject({ policy: 'temporary' })
  expect(restartOf({ restart: { from: 'init' } })).toEqual({ ...usual, from: 'init' })
})
