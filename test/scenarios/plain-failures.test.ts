import type { Phase } from 'moult'
import { describe, expect, test } from 'vitest'
import type { Step } from '../fixtures/plain/plain.ts'
import { phases } from '../../src/upgrade/plan/phases.ts'
import { shared } from '../support/runtime.ts'
import { applyBoth, change, copied, expectLike, plain, plainFiles } from './plain.ts'
import type { PlainWorld } from './plain.ts'

const some: readonly Step[] = [
  ['add', 'item 7', 3],
  ['delete', 'item 8'],
  ['last', 'item 9'],
  ['set', 'item 8', 1],
]

describe('a fault of a large state on its way', () => {
  let at: (phase: Phase) => void = () => undefined
  const faultPoint = (phase: Phase): void => at(phase)
  const [up, down] = [shared(() => started('1.0.0')), shared(() => started('3.0.0'))]

  async function started(from: '1.0.0' | '3.0.0'): Promise<PlainWorld> {
    const world = await plain(3_000, from, { faultPoint })
    if (from === '3.0.0') await world.code.load(plainFiles['2.0.0'])
    return world
  }

  /** The state changes as the phase is reached, and then there is the fault. */
  function failAt(phase: Phase, world: PlainWorld): () => Promise<void> | undefined {
    let applied: Promise<void> | undefined
    at = (reached) => {
      if (reached !== phase) return
      at = () => undefined
      applied = applyBoth(world, some)
      throw new RangeError('a fault of the test')
    }
    return () => applied
  }

  /** Each phase of an upgrade before the last, and of a downgrade those in which something may be half-way. */
  const faults = [
    ...phases.slice(0, -1).map((phase) => ({ phase, direction: 'upgrade' }) as const),
    ...(['copy', 'transfer'] as const).map((phase) => ({ phase, direction: 'downgrade' }) as const),
  ]

  test.each(faults)(
    'at $phase of an $direction: the old version goes on as it was',
    async ({ phase, direction }) => {
      const world = direction === 'upgrade' ? up() : down()
      const threadId = await world.ref.call('where')
      const applied = failAt(phase, world)
      const moved = world.code[direction](plainFiles['2.0.0'])
      await expect(moved).rejects.toMatchObject({ code: 'UPGRADE_FAILED', phase })
      await applied()
      await applyBoth(world, some)
      await expectLike(world)
      expect(await world.ref.call('where')).toBe(threadId)
    },
  )

  test('is not in the way of the next upgrade, at whose unload nothing can fail', async () => {
    expect(phases.at(-1)).toBe('unload')
    at = (reached) => {
      if (reached === 'unload') throw new RangeError('a fault of the test')
    }
    expect(copied(await up().code.upgrade(plainFiles['2.0.0']))).toMatchObject({ way: 'objects' })
    change(up(), 2)
    await expectLike(up())
  })

  test('is not in the way of the next downgrade', async () => {
    const report = await down().code.downgrade(plainFiles['2.0.0'])
    expect(copied(report)).toMatchObject({ way: 'objects' })
    await expectLike(down())
  })
})

describe('codeChange of a large state fails', () => {
  const started = shared(() => plain(3_000))

  test.each([
    { fault: 'throw', from: 1, expected: { code: 'CODE_CHANGE_FAILED', phase: 'rehearse' } },
    { fault: 'throw', from: 2, expected: { code: 'CODE_CHANGE_FAILED', phase: 'transfer' } },
    { fault: 'function', from: 1, expected: { code: 'UNCLONEABLE_STATE', phase: 'rehearse' } },
    { fault: 'loop', from: 1, expected: { code: 'CODE_CHANGE_TIMEOUT', phase: 'rehearse' } },
    { fault: 'loop', from: 2, expected: { code: 'CODE_CHANGE_TIMEOUT', phase: 'transfer' } },
    { fault: 'exit', from: 1, expected: { code: 'ISOLATE_EXITED', phase: 'rehearse' } },
    { fault: 'exit', from: 2, expected: { code: 'ISOLATE_EXITED', phase: 'transfer' } },
  ] as const)(
    'by $fault in run $from: the old version goes on',
    async ({ fault, from, expected }) => {
      const world = started()
      const threadId = await world.ref.call('where')
      const { isolates } = world.runtime
      const options = {
        extra: { fault, from },
        rehearse: { warm: 0 },
        codeChangeTimeoutMs: fault === 'loop' ? 3_000 : 60_000,
      }
      await expect(world.code.upgrade(plainFiles['2.0.0'], options)).rejects.toMatchObject(expected)
      await applyBoth(world, some)
      await expectLike(world)
      expect(await world.ref.call('where')).toBe(threadId)
      await expect.poll(() => world.runtime.isolates).toBe(isolates)
    },
  )

  test('and is not in the way of the next upgrade', async () => {
    await started().code.upgrade(plainFiles['2.0.0'])
    change(started(), 2)
    await expectLike(started())
  })
})
