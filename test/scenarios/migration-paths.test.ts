// @module-tag once
import type { Phase } from 'moult'
import { afterEach, describe, expect, test } from 'vitest'
import { undoablePhases } from '../support/undoable-phases.ts'
import type { Fault } from '../fixtures/versions/fault.ts'
import { shared } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import {
  Sender,
  chain,
  expectNoOthers,
  expectUntouched,
  failure,
  labelsOf,
  loadAll,
  open,
  roomFile,
} from './rooms.ts'

const upwards = ['2.0.0: 1.0.0 → 2.0.0', '3.0.0: 2.0.0 → 3.0.0', '4.0.0: 3.0.0 → 4.0.0']
const downwards = ['4.0.0: 4.0.0 → 3.0.0', '3.0.0: 3.0.0 → 2.0.0', '2.0.0: 2.0.0 → 1.0.0']

const ways = [
  { count: 1, rehearse: true },
  { count: 3, rehearse: false },
]

test.each(ways)(
  'up and down over all versions between, $count under traffic, rehearse $rehearse',
  async ({ count, rehearse }) => {
    const rooms = await chain(count)
    const { code, refs } = rooms
    const senders = refs.map((ref) => new Sender(ref))
    const hear = (version: string) => Promise.all(senders.map((each) => each.hears(version)))
    await hear('1.0.0')
    const up = await code.upgrade('4.0.0', { rehearse })
    expect(up.processes).toHaveLength(count)
    for (const { from, parts } of up.processes) {
      expect(from.version).toBe('1.0.0')
      expect(parts.passMs).toBeGreaterThan(0)
    }
    expect(await Promise.all(refs.map((ref) => ref.call('trail')))).toEqual(
      refs.map(() => ['1.0.0', ...upwards]),
    )
    await hear('4.0.0')
    const down = await code.downgrade('1.0.0')
    expect(down.processes).toHaveLength(count)
    expect(await Promise.all(refs.map((ref) => ref.call('trail')))).toEqual(
      refs.map(() => ['1.0.0', ...upwards, ...downwards]),
    )
    await hear('1.0.0')
    const again = await code.upgrade('4.0.0', { rehearse })
    expect(again.processes).toHaveLength(count)
    await hear('4.0.0')
    for (const sender of senders) {
      expect(await sender.end()).toEqual(['1.0.0', '4.0.0', '1.0.0', '4.0.0'])
    }
    await expectNoOthers(rooms)
  },
)

test('processes of different versions come together, each on its own way', async () => {
  const rooms = await chain(4)
  const { code, refs } = rooms
  const senders = refs.map((ref) => new Sender(ref))
  await code.upgrade('2.0.0', { only: ['room 1'] })
  await code.upgrade('3.0.0', { only: ['room 2'] })
  await code.upgrade('4.0.0', { only: ['room 3'] })
  expect(labelsOf(refs)).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0'])
  const up = await code.upgrade('4.0.0')
  expect(up.processes.map(({ from }) => from.version).sort()).toEqual(['1.0.0', '2.0.0', '3.0.0'])
  for (const ref of refs) expect(await ref.call('trail')).toEqual(['1.0.0', ...upwards])
  await code.downgrade('3.0.0', { only: ['room 1'] })
  await code.downgrade('2.0.0', { only: ['room 2'] })
  await code.downgrade('1.0.0')
  for (const ref of refs) {
    expect(await ref.call('trail')).toEqual(['1.0.0', ...upwards, ...downwards])
  }
  await Promise.all(senders.map((sender) => sender.end()))
  await expectNoOthers(rooms)
})

test('one process alone takes the way too, and its report says how long the passing took', async () => {
  const rooms = await chain(2)
  const { refs } = rooms
  const report = await refs[0]!.upgrade(roomFile('v4'))
  expect(report.processes).toHaveLength(1)
  expect(report.processes[0]!.parts.passMs).toBeGreaterThan(0)
  expect(await refs[0]!.call('trail')).toEqual(['1.0.0', ...upwards])
  expect((await refs[0]!.downgrade(roomFile('v1'))).processes).toHaveLength(1)
  expect(await refs[0]!.call('trail')).toEqual(['1.0.0', ...upwards, ...downwards])
  await expectNoOthers(rooms)
})

test.each([true, false])(
  "where a step is 'unchanged' nothing runs, before or after others (rehearse %s)",
  async (rehearse) => {
    const rooms = await open(1)
    const { code, refs } = rooms
    await loadAll(code, 'v2', 'v3-unchanged', 'v4')
    await code.upgrade('3.0.0', { rehearse })
    expect(await refs[0]!.call('trail')).toEqual(['1.0.0', upwards[0]])
    await code.downgrade('1.0.0')
    await code.upgrade('4.0.0', { rehearse })
    const down = ['3.0.0: 3.0.0 → 2.0.0', '2.0.0: 2.0.0 → 1.0.0']
    const up = [upwards[0], '4.0.0: 3.0.0 → 4.0.0']
    expect(await refs[0]!.call('trail')).toEqual(['1.0.0', upwards[0], ...down, ...up])
    await expectNoOthers(rooms)
  },
)

test('the shortest way is taken, up and down', async () => {
  const rooms = await open(1)
  const { code, refs } = rooms
  await loadAll(code, 'v2', 'v3', 'v4-straight')
  const up = await code.upgrade('4.0.0')
  expect(up.processes[0]!.parts.passMs).toBe(0)
  await code.downgrade('1.0.0')
  expect(await refs[0]!.call('trail')).toEqual([
    '1.0.0',
    '4.0.0: 1.0.0 → 4.0.0',
    '4.0.0: 4.0.0 → 1.0.0',
  ])
  await expectNoOthers(rooms)
})

test('`extra` is for every step of the way', async () => {
  const { code } = await chain(1)
  const extra: Fault = { in: '3.0.0', by: 'throw' }
  await expect(code.upgrade('4.0.0', { extra })).rejects.toMatchObject({
    code: 'CODE_CHANGE_FAILED',
    from: '2.0.0',
    to: '3.0.0',
    phase: 'rehearse',
    cause: { name: 'RangeError', message: '3.0.0 says no' },
  })
})

const faults = [
  { by: 'throw', up: 'CODE_CHANGE_FAILED', down: 'DOWNGRADE_FAILED' },
  { by: 'reject', up: 'CODE_CHANGE_FAILED', down: 'DOWNGRADE_FAILED' },
  { by: 'never', up: 'CODE_CHANGE_TIMEOUT', down: 'CODE_CHANGE_TIMEOUT' },
  { by: 'loop', up: 'CODE_CHANGE_TIMEOUT', down: 'CODE_CHANGE_TIMEOUT' },
  { by: 'exit', up: 'ISOLATE_EXITED', down: 'ISOLATE_EXITED' },
  { by: 'function', up: 'UNCLONEABLE_STATE', down: 'UNCLONEABLE_STATE' },
] as const

describe.each([
  { count: 1, rehearse: true },
  { count: 2, rehearse: false },
])('a step between fails, $count on the way, rehearse $rehearse:', ({ count, rehearse }) => {
  const rooms = shared(() => chain(count))

  test.each(faults)('by $by: all go on as they were', async ({ by, up }) => {
    const extra: Fault = { in: '2.0.0', by }
    const settings = { extra, rehearse, codeChangeTimeoutMs: 300 }
    const error = await expectUntouched(rooms(), () => rooms().code.upgrade('4.0.0', settings))
    const phase = rehearse ? 'rehearse' : 'transfer'
    expect(error).toMatchObject({ code: up, phase, codeName: 'room' })
    if (by === 'function') expect(error).toMatchObject({ path: 'state.trail[0]' })
    await expectNoOthers(rooms())
  })

  test('nothing of it is in the way of the next upgrade', async () => {
    await rooms().code.upgrade('4.0.0')
    for (const ref of rooms().refs) expect(await ref.call('trail')).toEqual(['1.0.0', ...upwards])
    await expectNoOthers(rooms())
  })
})

describe('a step down between fails', () => {
  const rooms = shared(async () => {
    const made = await chain(2)
    await made.code.upgrade('4.0.0')
    return made
  })

  test.each(faults)('by $by: all go on as they were', async ({ by, down }) => {
    const extra: Fault = { in: '3.0.0', by }
    const settings = { extra, codeChangeTimeoutMs: 300 }
    const error = await expectUntouched(rooms(), () => rooms().code.downgrade('1.0.0', settings))
    expect(error).toMatchObject({ code: down, phase: 'transfer', codeName: 'room' })
    await expectNoOthers(rooms())
  })

  test('nothing of it is in the way of the next downgrade', async () => {
    await rooms().code.downgrade('1.0.0')
    expect(labelsOf(rooms().refs)).toEqual(['1.0.0', '1.0.0'])
    await expectNoOthers(rooms())
  })
})

describe('with versions between, two on the way,', () => {
  let at: (phase: Phase) => Promise<void> | undefined = () => undefined
  const rooms = shared(() => chain(2, { faultPoint: (phase) => at(phase) }))
  afterEach(() => (at = () => undefined))

  test('the isolates that the loads have kept are there until they are opened', async () => {
    await expectNoOthers(rooms(), 3)
  })

  test.each(undoablePhases)('a fault at %s changes nothing', async (phase) => {
    const fault = new RangeError('a fault of the test')
    at = (reached) => {
      if (reached === phase) throw fault
    }
    const error = await expectUntouched(rooms(), () => rooms().code.upgrade('4.0.0'))
    expect(error).toMatchObject({ code: 'UPGRADE_FAILED', phase, cause: fault })
    await expectNoOthers(rooms(), phase === 'open' ? 3 : 0)
  })

  test.each(undoablePhases)('an abort at %s changes nothing', async (phase) => {
    const gates = new TestGates()
    at = (reached) => (reached === phase ? gates.pass(phase) : undefined)
    const abort = new AbortController()
    const error = await expectUntouched(rooms(), async () => {
      const upgrade = rooms().code.upgrade('4.0.0', { signal: abort.signal })
      const seen = failure(upgrade)
      await gates.reached(phase)
      abort.abort(new Error('not today'))
      gates.open(phase)
      await seen
      return upgrade
    })
    expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', phase, cause: { message: 'not today' } })
    await expectNoOthers(rooms())
  })

  test('nothing of it is in the way of the next upgrade', async () => {
    await rooms().code.upgrade('4.0.0')
    expect(labelsOf(rooms().refs)).toEqual(['4.0.0', '4.0.0'])
    await expectNoOthers(rooms())
  })
})

/** An upgrade that does not come out of a version between. */
const stuck = ['never', 'loop'] as const

describe('the signal is aborted while a state is on its way', () => {
  const rooms = shared(() => chain(1))

  test.each(stuck.flatMap((by) => [true, false].map((rehearse) => ({ by, rehearse }))))(
    '$by, rehearse $rehearse',
    async ({ by, rehearse }) => {
      const { code } = rooms()
      const abort = new AbortController()
      const flag = new Int32Array(new SharedArrayBuffer(4))
      const extra: Fault = { in: '3.0.0', by, flag }
      const error = await expectUntouched(rooms(), async () => {
        const upgrade = code.upgrade('4.0.0', { signal: abort.signal, extra, rehearse })
        const seen = failure(upgrade)
        await expect.poll(() => Atomics.load(flag, 0), { timeout: 10_000 }).toBe(1)
        abort.abort(new Error('not today'))
        await seen
        return upgrade
      })
      expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', cause: { message: 'not today' } })
      await expectNoOthers(rooms())
    },
  )
})

test.each(stuck)('close() while a state is on its way (%s)', async (by) => {
  const { runtime, code, refs } = await chain(2)
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const extra: Fault = { in: '2.0.0', by, flag }
  const upgrade = failure(code.upgrade('4.0.0', { extra, rehearse: false }))
  await expect.poll(() => Atomics.load(flag, 0), { timeout: 10_000 }).toBe(1)
  const accepted = refs.map((ref) => ref.call('trail'))
  const closed = runtime.close()
  expect(await upgrade).toMatchObject({ code: 'RUNTIME_CLOSED', phase: 'transfer' })
  expect(await Promise.all(accepted)).toEqual(refs.map(() => ['1.0.0']))
  await closed
  expect(runtime.isolates).toBe(0)
})

test('a process that dies while its state is on its way lives on in the new version', async () => {
  const rooms = await chain(2)
  const { code, refs } = rooms
  const upgrade = code.upgrade('4.0.0')
  const dying = failure(refs[0]!.call('die'))
  const behind = refs[0]!.call('trail')
  const error = await upgrade.then(
    () => undefined,
    (each: unknown) => each,
  )
  expect(await dying).toMatchObject({ code: 'ISOLATE_EXITED' })
  // Either it died before the swap, and was made anew, or behind it.
  const label = error === undefined ? '4.0.0' : '1.0.0'
  expect(labelsOf(refs)).toEqual([label, label])
  expect((await behind).length).toBeGreaterThan(0)
  expect(await refs[1]!.call('trail')).toEqual(
    error === undefined ? ['1.0.0', ...upwards] : ['1.0.0'],
  )
})
