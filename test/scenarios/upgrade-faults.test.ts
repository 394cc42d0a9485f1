// @module-tag once
import { isMoultError } from 'moult'
import type { ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { phases } from '../../src/upgrade/plan/phases.ts'
import type witnessV1 from '../fixtures/witness/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { expectSpare } from './witnesses.ts'

type Witness = typeof witnessV1

const files = { '1.0.0': fixture('witness/v1.ts'), '2.0.0': fixture('witness/v2.ts') }
const directions = ['upgrade', 'downgrade'] as const

/** Each phase in each direction, of one and of three; and of both in each direction. */
const cases = phases.flatMap((phase, at) =>
  directions
    // Only `codeChange` is rehearsed.
    .filter((direction) => phase !== 'rehearse' || direction === 'upgrade')
    .map((direction, way) => ({ phase, count: (at + way) % 2 === 0 ? 1 : 3, direction })),
)

test.each(cases)(
  'a fault at $phase of an $direction of $count: the old version goes on as it was',
  async ({ phase, count, direction }) => {
    const [from, to] =
      direction === 'upgrade' ? (['1.0.0', '2.0.0'] as const) : (['2.0.0', '1.0.0'] as const)
    let refs: ProcessRef<Witness>[] = []
    let atFault: Promise<unknown>[] = []
    let isArmed = true
    const fault = new RangeError('a fault of the test')
    const runtime = await testRuntime({
      warmSpares: 1,
      faultPoint: (reached) => {
        if (reached !== phase || !isArmed) return
        atFault = refs.map((ref) => {
          ref.cast('put', 'c')
          return ref.call('note', 'd')
        })
        throw fault
      },
    })
    const code = await runtime.load<Witness>(files[from])
    refs = await Promise.all(Array.from({ length: count }, () => code.spawn()))
    const before = await Promise.all(
      refs.map(async (ref) => {
        await ref.call('note', 'a')
        ref.cast('put', 'b')
        return ref.call('witness')
      }),
    )
    const change = code[direction](files[to])
    const refused: unknown = await change.then(
      () => undefined,
      (error: unknown) => error,
    )

    if (phase === 'unload') {
      // The new version serves already; nothing can fail any more.
      expect(refused).toBeUndefined()
    } else {
      expect(refused).toMatchObject({ code: 'UPGRADE_FAILED', phase, codeName: 'v' + from[0]! })
      expect(isMoultError(refused) && refused.cause).toBe(fault)
    }
    const serving = phase === 'unload' ? to : from
    const [old, now] = [from[0]!, serving[0]!]
    // On probation the new version may have answered; the old one has handled it again then.
    const answer: unknown = phase === 'probation' ? expect.stringMatching(/^[12]:d$/) : `${now}:d`
    expect(await Promise.all(atFault)).toEqual(refs.map(() => answer))
    const after = await Promise.all(refs.map((ref) => ref.call('witness')))
    after.forEach((witness, index) => {
      const { threadId, handled } = before[index]!
      const log = [`${old}:a`, `${old}:b`, `${now}:c`, `${now}:d`]
      if (phase !== 'unload') {
        expect(witness).toEqual({
          version: from,
          threadId,
          handled: handled + 3,
          isLive: true,
          log,
        })
      } else {
        expect(witness.version).toBe(to)
        expect(witness.log.filter((line) => line !== 'downgraded')).toEqual(log)
      }
    })
    expect(code.version.version).toBe(serving)
    await expectSpare(runtime, refs.length)

    if (phase === 'unload') return
    isArmed = false
    const report = await code[direction](files[to])
    expect(report.processes).toHaveLength(count)
    const upgraded = await Promise.all(refs.map((ref) => ref.call('note', 'e')))
    expect(upgraded).toEqual(refs.map(() => `${to[0]!}:e`))
    await expectSpare(runtime, refs.length)
  },
)
