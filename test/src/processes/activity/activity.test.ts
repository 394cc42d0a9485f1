import { expect, test } from 'vitest'
import { inWords } from '../../../../src/processes/activity/activity.ts'
import { Sightings } from '../../../../src/processes/activity/sightings.ts'

const at = { process: 'a', version: '1', lifecycle: 'running', handling: [], waiting: 0 } as const
const call = { kind: 'call', name: 'get', seenForMs: 0, waitsFor: [] } as const
const asks = (process: string) => ({ process, name: 'ask', seenForMs: 0 })

test.each([
  [at, 'it handles nothing'],
  [
    { ...at, lifecycle: 'suspended', waiting: 1 },
    'it is suspended: it handles nothing, and 1 message waits',
  ],
  [
    { ...at, handling: [{ ...call, seenForMs: 20.7 }] },
    "it handles the call 'get', seen for 20 ms or longer",
  ],
  [
    { ...at, handling: [{ ...call, waitsFor: [asks('b'), asks('c')] }], waiting: 2 },
    "it handles the call 'get', which waits for 'ask' of b and 'ask' of c, and 2 messages wait",
  ],
  [{ ...at, handling: [{ ...call, kind: 'read-state' }] }, 'it gives its state'],
] as const)('what a process is at, in words: %o', (activity, words) => {
  expect(inWords(activity)).toBe(words)
})

test('how long something has been seen counts from the first look', () => {
  let now = 100
  const sightings = new Sightings(() => now)
  const [one, other] = [{}, {}]
  expect(sightings.seenForMs(one)).toBe(0)
  now = 130
  expect([sightings.seenForMs(one), sightings.seenForMs(other)]).toEqual([30, 0])
})
