// @module-tag once
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Activation } from '../../../../src/processes/activation.ts'
import type { Process } from '../../../../src/processes/process.ts'
import type { CopiesAhead, CopyFigures } from '../../../../src/protocol/wire/copying.ts'
import type { ExportedStates } from '../../../../src/protocol/wire/requests.ts'
import { DryRun } from '../../../../src/upgrade/dry-run/dry-run.ts'
import { BeforePause } from '../../../../src/upgrade/hand-over/before-pause.ts'
import { CopyAhead } from '../../../../src/upgrade/hand-over/copy-ahead.ts'
import { Member } from '../../../../src/upgrade/hand-over/member.ts'
import { Deadlines } from '../../../../src/upgrade/limits/deadlines.ts'
import type { HandOverOptions } from '../../../../src/upgrade/limits/hand-over-options.ts'
import type { IsolateMemory } from '../../../../src/protocol/wire/control.ts'
import { Hops } from '../../../../src/upgrade/plan/hops.ts'
import type { Migration } from '../../../../src/protocol/wire/migration.ts'
import { MemoryIsolate } from '../../../support/memory-isolate.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

const figures = {
  records: 9,
  bytes: 90,
  rounds: 2,
  left: 1,
  leftMs: 0.5,
  sendMs: 3,
  applyMs: 2,
}

const noMemory = { heapUsed: 0, external: 0 }
const never = new Promise<never>(() => undefined)

/** What the isolates of a test say. */
interface Says {
  readonly ahead?: CopiesAhead
  /** What sending ends with; never, where it is left out. */
  readonly sent?: CopyFigures
  readonly by?: Migration['by']
  readonly copy?: 'ahead' | 'whole'
  readonly memory?: () => Promise<IsolateMemory>
  readonly suspendTimeoutMs?: number
}

function copying({ ahead, sent, by = 'codeChange', copy = 'ahead', memory, ...says }: Says) {
  const asked: string[] = []
  const isolate = new MemoryIsolate({
    ahead: () => ahead ?? { tables: [], isLarge: true, largeBuffers: [] },
    sendAhead: ({ parts }) => {
      asked.push(`send ${parts}`)
      return sent === undefined ? never : Promise.resolve(sent)
    },
    receiveAhead: ({ parts }) => void asked.push(`receive ${parts}`),
    stopSending: () => void asked.push('stop'),
    memory: (memory ?? (() => Promise.resolve(noMemory))) as never,
  })
  const how = { from: '1', to: '2', extra: undefined }
  const path = {
    start: '1',
    leave: { ...how, by: by === 'downgrade' ? by : 'unchanged' },
    hops: [],
    enter: { ...how, by: by === 'downgrade' ? 'unchanged' : by },
  } as const
  const { signal } = new AbortController()
  const limits = {
    suspendTimeoutMs: says.suspendTimeoutMs ?? 10_000,
    codeChangeTimeoutMs: memory === undefined ? 2 : 60_000,
    exitGraceMs: 10,
  }
  const options = {
    path,
    hops: new Hops([], 10),
    copy,
    signal,
    ...limits,
  } as unknown as HandOverOptions
  const process = { id: 'p', label: 'p', lifecycle: 'running' } as unknown as Process
  const from = { isolate, slot: 0, checkHere: () => undefined } as unknown as Activation
  const deadlines = new Deadlines('p', options)
  const copied = new CopyAhead(process, options, deadlines)
  const member = new Member(new DryRun(Object.assign(process, { activation: from }), options))
  const alone = new BeforePause(member, options, deadlines, copied)
  const run = (): Promise<void> => copied.run(from, isolate, Infinity)
  const report = () => copied.report({ recordsLeft: 3 } as ExportedStates)
  return { asked, copied, from, run, report, isolate, alone, member }
}

test('a large state goes ahead once, however often it is asked for', async () => {
  const { asked, copied, run, report, from, isolate } = copying({ sent: figures })
  await copied.begin(from, isolate, Infinity)
  await run()
  expect(asked).toEqual(['receive graph', 'send graph'])
  expect([copied.isOfGraph, copied.bytes]).toEqual([true, 90])
  expect(report()).toEqual({ way: 'objects', records: 9, bytes: 90, rounds: 2, recordsLeft: 3 })
})

test('tables wait for the phase that copies them', async () => {
  const says = {
    ahead: { tables: ['cities'], isLarge: false, largeBuffers: [] },
    sent: figures,
    by: 'unchanged',
  } as const
  const { asked, copied, run, report, from, isolate } = copying(says)
  expect(await copied.begin(from, isolate, Infinity)).toBeUndefined()
  expect(asked).toEqual([])
  await run()
  expect(asked).toEqual(['receive tables', 'send tables'])
  expect(report()).toMatchObject({ way: 'tables' })
})

test('what a downgrade is given is kept where it runs', async () => {
  const { asked, copied, run, report, from, isolate } = copying({ sent: figures, by: 'downgrade' })
  expect(copied.keptTimes).toBeUndefined()
  expect(await copied.begin(from, isolate, Infinity)).toBeUndefined()
  await run()
  expect(asked).toEqual(['send graph'])
  expect(copied.keptTimes).toEqual({ leaveMs: 2, enterMs: 2 })
  expect([copied.isOfGraph, copied.bytes]).toEqual([true, 0])
  expect(report()).toMatchObject({ way: 'objects', bytes: 90 })
})

test('of a downgrade with a copy that is kept nothing is tried, and its state is not encoded', async () => {
  const { alone, member, isolate } = copying({ sent: figures, by: 'downgrade' })
  await alone.rehearse(isolate, isolate)
  expect(member.dryRun.times).toEqual({ leaveMs: 2, enterMs: 2 })
  expect(isolate.read()).toEqual([])
})

test('what takes too long is done without, and what has gone over is thrown away', async () => {
  const { asked, copied, run, report } = copying({})
  await run()
  expect(asked).toEqual(['receive graph', 'send graph', 'stop'])
  expect(copied.isOfGraph).toBe(false)
  expect(report()).toMatchObject({ way: 'whole', why: 'it took too long', bytes: 0 })
})

test('a copy is given up where a thread does not go on', async () => {
  const { asked, run, report } = copying({ memory: () => never })
  const pass = stopClock()
  const over = run()
  await turns()
  pass(1000)
  await turns()
  pass(10_000)
  await over
  expect(asked).toEqual(['receive graph', 'send graph', 'stop'])
  expect(report()).toMatchObject({ way: 'whole', why: 'its thread was busy' })
})

async function turns(): Promise<void> {
  for (let at = 0; at < 5; at++) await turn()
}

test.each([
  ['no longer than others would wait', 10_000, 1000],
  ['no longer than it may take to stop', 50, 50],
])('a thread that is busy is waited for %s', async (_what, suspendTimeoutMs, ms) => {
  const { asked, run, report, isolate } = copying({ suspendTimeoutMs })
  Object.assign(isolate.control, { ahead: () => never })
  const pass = stopClock()
  const over = run()
  pass(ms)
  await over
  expect(asked).toEqual([])
  expect(report()).toMatchObject({ way: 'whole', why: 'its thread was busy' })
})

test.each<[string, Says, string | undefined]>([
  ['it is small', { ahead: { tables: [], isLarge: false, largeBuffers: [] } }, undefined],
  ["copy is 'whole'", { copy: 'whole' }, undefined],
  ['the sender says so', { sent: { ...figures, whole: 'it is odd' } }, 'it is odd'],
])('a state goes as a whole: %s', async (_what, says, why) => {
  const { copied, run, report } = copying(says)
  await run()
  expect(copied.isOfGraph).toBe(false)
  expect(report()).toEqual(
    why && { way: 'whole', why, records: 0, bytes: 0, rounds: 0, recordsLeft: 0 },
  )
})
