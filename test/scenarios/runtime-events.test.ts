import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { DiagnosticsMessage, Runtime, RuntimeEventName, RuntimeEvents } from 'moult'
import { describe, expect, onTestFinished, test } from 'vitest'
import type crash from '../fixtures/crash/v1.ts'
import type counterV1 from '../fixtures/counter/v1.ts'
import type counterV2 from '../fixtures/counter/v2.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { newProject } from '../support/project.ts'
import { rejection } from './contract-programs.ts'

/** All events, as `{ runtime }` tells them. */
const names = [
  'spawned',
  'castFailed',
  'unhandled',
  'crashed',
  'restarted',
  'stopped',
  'upgradeStarted',
  'upgradePhase',
  'upgradeProgress',
  'upgradeSwapped',
  'upgraded',
  'upgradeFailed',
  'rolledBack',
  'isolateStarted',
  'isolateLoaded',
  'isolateExited',
] as const satisfies readonly RuntimeEventName[]
type Missing = Exclude<keyof RuntimeEvents, (typeof names)[number]>
const none: Missing[] = []

type Told = {
  [Name in RuntimeEventName]: readonly [Name, RuntimeEvents[Name][0]]
}[RuntimeEventName]

/** What a runtime tells from now on, in order. */
function listen(runtime: Runtime): Told[] {
  const told: Told[] = []
  for (const name of names) {
    runtime.on(name, (event: unknown) => told.push([name, event] as unknown as Told))
  }
  return told
}

/** What the channels publish of any runtime, until the test has ended. */
function published(): { readonly runtime: Runtime; readonly told: Told }[] {
  const seen: { readonly runtime: Runtime; readonly told: Told }[] = []
  for (const name of names) {
    const onMessage = (message: unknown): void => {
      const { runtime, event } = message as DiagnosticsMessage<typeof name>
      seen.push({ runtime, told: [name, event] as unknown as Told })
    }
    subscribe(`moult:${name}`, onMessage)
    onTestFinished(() => {
      unsubscribe(`moult:${name}`, onMessage)
    })
  }
  return seen
}

/** The names of those of an upgrade; the phases by their own. */
function steps(told: readonly Told[]): string[] {
  return told.flatMap(([name, event]) => {
    if (name === 'upgradePhase') return [event.phase]
    return /^(upgrade|rolled)/.test(name) ? [name] : []
  })
}

const files = { v1: fixture('counter/v1.ts'), v2: fixture('counter/v2.ts') }
const prepared = ['upgradeStarted', 'load', 'open']
const moved = ['audit', 'copy', 'suspend', 'transfer', 'resume']
const served = ['upgradeSwapped', 'probation', 'unload']

test('there is no other event', () => {
  expect(none).toEqual([])
})

describe.each(['per-process', 2] as const)('isolates: %s', (isolates) => {
  const spawn = async () => {
    const runtime = await testRuntime()
    const told = listen(runtime)
    const code = await runtime.load<typeof counterV1>(files.v1, { isolates })
    const ref = await code.spawn({ name: 'counter', args: { start: 1 } })
    return { runtime, told, code, ref }
  }

  test('an upgrade and its roll back are told from start to end, each with one id', async () => {
    const { told, code } = await spawn()
    const first = code.version
    const { id, to } = await code.upgrade<typeof counterV2>(files.v2)
    const progress = isolates === 2 ? ['upgradeProgress'] : []
    const all = [...prepared, 'rehearse', ...moved, ...progress, ...served, 'upgraded']
    expect(steps(told)).toEqual(all)
    const ids = new Set(
      told.flatMap(([name, event]) => (/^upgrade/.test(name) ? (event as { id: string }).id : [])),
    )
    expect([...ids]).toEqual([id])
    const named = { id, codeName: code.name, direction: 'upgrade' }
    expect(told).toContainEqual([
      'upgradeStarted',
      { ...named, from: first, asked: { how: 'upgrade' } },
    ])
    expect(told).toContainEqual(['upgradeSwapped', { ...named, from: first, to, processes: 1 }])

    told.length = 0
    const back = await code.rollBack()
    expect(steps(told).at(0)).toBe('upgradeStarted')
    expect(steps(told).slice(-3)).toEqual(['unload', 'upgraded', 'rolledBack'])
    const undone = { id: back.id, codeName: code.name, direction: 'downgrade', from: to, to: first }
    expect(told.at(-1)).toEqual(['rolledBack', { ...undone, asked: { how: 'rollBack' } }])
    expect(back.id).not.toBe(id)
  })

  test('an upgrade that is refused is told with the phase at which it ended', async () => {
    const { told, code } = await spawn()
    const broken = await newProject({ 'v2.js': 'export default 1' })
    const error = await rejection(code.upgrade(`${broken}/v2.js`))
    expect(steps(told)).toEqual(['upgradeStarted', 'load', 'upgradeFailed'])
    expect(told.at(-1)?.[1]).toMatchObject({ codeName: code.name, direction: 'upgrade', error })
    told.length = 0
    await rejection(code.rollBack())
    expect(steps(told)).toEqual(['upgradeStarted', 'upgradeFailed'])
    expect(told.at(-1)?.[1]).toMatchObject({
      direction: 'downgrade',
      error: { code: 'NO_PREVIOUS_VERSION' },
    })
  })

  test('what becomes of a process and its thread is told', async () => {
    const runtime = await testRuntime()
    const told = listen(runtime)
    const code = await runtime.load<typeof crash>(fixture('crash/v1.ts'), { isolates })
    const ref = await code.spawn({ args: { start: 0 } })
    const { threadId } = await ref.inspect()
    const restarted = once(runtime, 'restarted')
    await rejection(ref.call('die', 'exit'))
    await restarted
    await ref.stop()
    const { version, hash } = code.version
    const named = { process: ref.id, codeName: code.name }
    await expect.poll(() => told.filter(([name]) => name === 'isolateExited')).toHaveLength(2)
    const ofProcess = told.filter(([name]) => /^(spawned|crashed|restarted|stopped)$/.test(name))
    expect(ofProcess).toMatchObject([
      ['spawned', { ...named, id: ref.id, version }],
      ['crashed', { ...named, error: { code: 'ISOLATE_EXITED' } }],
      ['restarted', { ...named, version }],
      ['stopped', named],
    ])
    const ofThread = told.filter(
      ([, event]) => (event as { threadId?: number }).threadId === threadId,
    )
    expect(ofThread).toMatchObject([
      ['isolateStarted', { threadId }],
      ['isolateLoaded', { threadId, version, hash }],
      ['isolateExited', { threadId, version, hash, exitCode: expect.any(Number) as number }],
    ])
  })
})

test('each event of each runtime is published on its channel, also where nobody listens to it', async () => {
  const seen = published()
  const [one, other] = [await testRuntime(), await testRuntime()]
  const told = listen(one)
  for (const runtime of [one, other]) {
    const code = await runtime.load<typeof counterV1>(files.v1)
    await code.spawn({ args: { start: 1 } })
    await code.upgrade<typeof counterV2>(files.v2)
    await runtime.close()
  }
  const ofOne = seen.filter(({ runtime }) => runtime === one).map((each) => each.told)
  expect(ofOne).toEqual(told)
  const ofOther = seen.filter(({ runtime }) => runtime === other).map((each) => each.told)
  expect(steps(ofOther)).toEqual(steps(told))
})

test('a subscriber is not a listener: what nobody listens to is logged all the same', async () => {
  const seen = published()
  const lines: string[] = []
  const log = {
    debug: () => 0,
    info: () => 0,
    warn: () => 0,
    error: (line: string) => lines.push(line),
  }
  const runtime = await testRuntime({ logger: log })
  const code = await runtime.load<typeof crash>(fixture('crash/v1.ts'))
  const ref = await code.spawn({ args: { start: 0 } })
  await rejection(ref.call('die', 'exit'))
  await ref.call('get')
  expect(seen.map(({ told: [name] }) => name)).toContain('crashed')
  expect(lines).toHaveLength(1)
})
