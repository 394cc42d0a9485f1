import { expect, test } from 'vitest'
import type { CodeLine } from '../../../src/code/code-line.ts'
import { Deferred } from '../../../src/protocol/deferred.ts'
import { RuntimeEmitter } from '../../../src/runtime/runtime-emitter.ts'
import { Upgrades } from '../../../src/runtime/upgrades.ts'
import { Diagnosis } from '../../../src/processes/activity/diagnosis.ts'
import { OpenCalls } from '../../../src/processes/open-calls.ts'
import { UnderWay } from '../../../src/timing/under-way.ts'
import type { UpgradeReport } from '../../../src/upgrade/report/report.ts'
import type { Upgrader } from '../../../src/upgrade/upgrader.ts'
import { Desk, second } from '../processes/desk.ts'

/** A process whose upgrades end when a test says so. */
async function asking() {
  const desk = await Desk.running()
  const { activation } = desk.process
  if (activation === undefined) throw new RangeError('it lives nowhere')
  const ends: Deferred<UpgradeReport>[] = []
  const upgrade = (): Promise<UpgradeReport> => {
    const end = new Deferred<UpgradeReport>()
    ends.push(end)
    return end.promise
  }
  const failed: unknown[] = []
  const events = new RuntimeEmitter()
  events.on('upgradeFailed', ({ error }) => failed.push(error))
  const upgrades = new Upgrades({
    upgrader: { upgrade } as unknown as Upgrader,
    events,
    logger: console,
    underWay: new UnderWay(() => undefined),
    probation: false,
    refOf: () => undefined,
    diagnosis: new Diagnosis(new OpenCalls(), { locate: () => Promise.resolve([]) }),
  })
  const shared = <Result>(work: () => Promise<Result>): Promise<Result> => work()
  const line = {
    newest: second,
    current: second,
    isNewer: () => true,
    shared,
    name: 'desks',
    pinned: new Set(),
  }
  const ask = (): Promise<void> =>
    upgrades.ofSelf(desk.process, activation, line as unknown as CodeLine)
  return { desk, ends, failed, ask }
}

test('a process that asks again while it is waited for goes on, and nothing has failed', async () => {
  const { desk, ends, failed, ask } = await asking()
  const first = ask()
  await ask()
  expect(await desk.read()).toEqual([{ type: 'stay', slot: 0 }])
  expect([ends.length, failed]).toEqual([1, []])
  ends[0]?.reject(new RangeError('it took too long'))
  await first
  expect(failed).toHaveLength(1)
  void ask()
  await desk.read()
  expect(ends).toHaveLength(2)
})
