import type { Code, LoadOptions, ProcessRef, UpgradeOptions, UpgradeReport } from 'moult'
import { describe, expect, test } from 'vitest'
import type { Runs } from '../fixtures/warm/v2.ts'
import type warm from '../fixtures/warm/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const v1 = fixture('warm/v1.ts')
const v2 = fixture('warm/v2.ts')
const v3 = fixture('warm/v3.ts')
/** More time than any number of runs takes. */
const long = { warm: 60_000 }

interface Started {
  readonly code: Code<typeof warm>
  readonly refs: readonly ProcessRef<typeof warm>[]
  readonly counter: Int32Array
  readonly upgrade: (options: UpgradeOptions, runs?: Partial<Runs>) => Promise<UpgradeReport>
}

async function start(processes = 1, options: LoadOptions = {}): Promise<Started> {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof warm>(v1, options)
  const refs = await Promise.all(Array.from({ length: processes }, () => code.spawn()))
  const counter = new Int32Array(new SharedArrayBuffer(8))
  const upgrade: Started['upgrade'] = (asked, runs) => {
    return code.upgrade(v2, { ...asked, extra: { counter, ...runs } satisfies Runs })
  }
  return { code, refs, counter, upgrade }
}

describe('a codeChange is tried', () => {
  test('again and again within its time, each time on a copy of its own', async () => {
    const { refs, counter, upgrade } = await start()
    const report = await upgrade({ rehearse: long })
    expect(counter[0]).toBeGreaterThan(3)
    expect(report.processes[0]?.dryRuns).toBe(counter[0]! - 1)
    expect(await refs[0]!.call('changes')).toEqual([1, 1])
  })

  test.each([
    [{ warm: 0 }, 1],
    [false, 0],
  ] as const)('with rehearse: %o so often: %i', async (rehearse, dryRuns) => {
    const { refs, counter, upgrade } = await start()
    const report = await upgrade({ rehearse })
    expect(report.processes[0]?.dryRuns).toBe(dryRuns)
    expect(counter[0]).toBe(dryRuns + 1)
    expect(await refs[0]!.call('changes')).toEqual([1, 1])
  })

  test('once where it takes longer than there is time', async () => {
    const { counter, upgrade } = await start()
    await upgrade({ rehearse: { warm: Number.MIN_VALUE } })
    expect(counter[0]).toBe(2)
  })

  test.each([
    [long, 4],
    [{ warm: 0 }, 2],
  ])(
    'in a version between as well, each time on a copy of its own: %o',
    async (rehearse, least) => {
      const { code, refs, counter } = await start()
      await code.load(v2)
      await code.upgrade(v3, { rehearse, extra: { counter } satisfies Runs })
      if (rehearse.warm > 0) expect(counter[0]).toBeGreaterThan(least)
      else expect(counter[0]).toBe(least)
      expect(await refs[0]!.call('changes')).toEqual([1, 1])
    },
  )

  test('once for each process of a rolling upgrade', async () => {
    const { counter, upgrade } = await start(5, { isolates: 1 })
    const { processes } = await upgrade({ rehearse: long })
    expect(processes.map(({ dryRuns }) => dryRuns)).toEqual([1, 1, 1, 1, 1])
    expect(counter[0]).toBe(10)
  })

  test('again for each that moves to a thread of its own', async () => {
    const { refs, counter, upgrade } = await start(2)
    const { processes } = await upgrade({ rehearse: long })
    const dryRuns = processes.map((each) => each.dryRuns)
    expect(Math.min(...dryRuns)).toBeGreaterThan(2)
    expect(counter[0]).toBe(2 + dryRuns[0]! + dryRuns[1]!)
    expect(await Promise.all(refs.map((ref) => ref.call('changes')))).toEqual([
      [1, 1],
      [1, 1],
    ])
  })
})

test('a run that fails, be it the third, refuses the upgrade before anything stands still', async () => {
  const { refs, upgrade } = await start()
  const refused = upgrade({ rehearse: long }, { failsAt: 3 })
  await expect(refused).rejects.toMatchObject({ code: 'CODE_CHANGE_FAILED', phase: 'rehearse' })
  expect(refs[0]!.version).toBe('1.0.0')
  expect(await refs[0]!.call('changes')).toEqual([0, 0])
  expect((await upgrade({ rehearse: { warm: 0 } })).processes).toHaveLength(1)
})

test('the old version serves meanwhile', async () => {
  const { refs, counter, upgrade } = await start()
  const upgraded = upgrade({ rehearse: long }, { waitsAt: 3 })
  await expect.poll(() => counter[0], { timeout: 20_000 }).toBe(3)
  expect(await refs[0]!.call('changes')).toEqual([0, 0])
  Atomics.store(counter, 1, 1)
  Atomics.notify(counter, 1)
  await upgraded
  expect(await refs[0]!.call('changes')).toEqual([1, 1])
})
