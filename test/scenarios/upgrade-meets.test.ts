// @module-tag once
import { setImmediate as turn } from 'node:timers/promises'
import type { Phase, ProcessRef } from 'moult'
import { describe, expect, test } from 'vitest'
import { phases } from '../../src/upgrade/plan/phases.ts'
import { undoablePhases } from '../support/undoable-phases.ts'
import { fixture, shared, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'
import { expectSpare, start, v1, v2 } from './witnesses.ts'
import type { Witness } from './witnesses.ts'

const v3 = fixture('witness/v3.ts')

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Stops each upgrade at one phase until the test lets it go on. */
function stopAt(phase: Phase): { gates: TestGates; faultPoint: (at: Phase) => Promise<void> } {
  const gates = new TestGates()
  return { gates, faultPoint: async (at) => (at === phase ? gates.pass(at) : undefined) }
}

test('a second upgrade while the first is at any phase is refused, the first goes on', async () => {
  const refusals: [Phase, unknown, unknown][] = []
  const { code, refs } = await start(v1, 2, {
    faultPoint: async (phase) => {
      refusals.push([phase, await failure(code.upgrade(v2)), await failure(code.upgrade(v3))])
    },
  })
  await code.upgrade(v2)
  const refused = expect.objectContaining({ code: 'UPGRADE_IN_PROGRESS' }) as Error
  expect(refusals).toEqual(phases.map((phase) => [phase, refused, refused]))
  expect(refs.map(({ version }) => version)).toEqual(['2.0.0', '2.0.0'])
})

test('two upgrades of one process at once: one goes, one is refused', async () => {
  const { refs } = await start(v1, 1)
  const both = await Promise.allSettled([refs[0]!.upgrade(v2), refs[0]!.upgrade(v2)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const refused = both.find((each) => each.status === 'rejected')
  expect(refused?.reason).toMatchObject({ name: 'MoultError' })
  expect(await refs[0]!.call('note', 'x')).toBe('2:x')
})

/** What may answer a note that is sent at a phase of an upgrade that is undone where that is possible. */
function answerAt(phase: Phase, note: string): unknown {
  // The new version serves on probation, until it has to stop.
  if (phase === 'probation') return expect.stringMatching(new RegExp(`^[12]:${note}$`))
  return `${phase === 'unload' ? 2 : 1}:${note}`
}

describe('the signal is aborted', () => {
  let gates = new TestGates()
  let phase: Phase = 'open'
  const started = shared(() =>
    start(v1, 2, { faultPoint: async (at) => (at === phase ? gates.pass(at) : undefined) }),
  )

  test.each(phases)('at %s', async (given) => {
    gates = new TestGates()
    phase = given
    const { code, refs, runtime } = started()
    const before = await Promise.all(refs.map((ref) => ref.call('witness')))
    const abort = new AbortController()
    const upgrade = failure(code.upgrade(v2, { signal: abort.signal }))
    await gates.reached(phase)
    const behind = refs.map((ref) => ref.call('note', 'behind'))
    abort.abort(new Error('not today'))
    gates.open(phase)
    const error = await upgrade
    const isUndone = phase !== 'unload'
    if (isUndone) {
      expect(error).toMatchObject({
        code: 'UPGRADE_ABORTED',
        phase,
        cause: { message: 'not today' },
      })
    } else expect(error).toBeUndefined()
    expect(await Promise.all(behind)).toEqual(refs.map(() => answerAt(phase, 'behind')))
    const after = await Promise.all(refs.map((ref) => ref.call('witness')))
    if (isUndone) {
      expect(after.map(({ threadId }) => threadId)).toEqual(before.map(({ threadId }) => threadId))
      expect(after.every(({ isLive }) => isLive)).toBe(true)
    }
    await expectSpare(runtime, refs.length)
  })
})

test('a signal that is aborted while the suspend waits for a handler ends the waiting', async () => {
  const held = new TestGates()
  const { code, refs } = await start(v1, 1, { services: held.services })
  const slow = refs[0]!.call('noteSlowly', 'slow')
  await held.reached('slow')
  const abort = new AbortController()
  const upgrade = failure(code.upgrade(v2, { signal: abort.signal, rehearse: false }))
  await expect.poll(async () => (await refs[0]!.inspect()).lifecycle).toBe('suspended')
  abort.abort()
  expect(await upgrade).toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'suspend' })
  const behind = refs[0]!.call('note', 'behind')
  held.open('slow')
  expect(await Promise.all([slow, behind])).toEqual(['1:slow', '1:behind'])
}, 20_000)

test.each(phases)('close() while an upgrade is at %s', async (phase) => {
  const { gates, faultPoint } = stopAt(phase)
  const { runtime, code, refs } = await start(v1, 2, { faultPoint })
  const upgrade = failure(code.upgrade(v2))
  await gates.reached(phase)
  const accepted = refs.map((ref) => ref.call('note', 'accepted'))
  const closed = runtime.close()
  await turn()
  gates.open(phase)
  const error = await upgrade
  if (phase === 'unload') expect(error).toBeUndefined()
  else expect(error).toMatchObject({ code: 'RUNTIME_CLOSED', phase })
  expect(await Promise.all(accepted)).toEqual(refs.map(() => answerAt(phase, 'accepted')))
  await closed
  expect(runtime.isolates).toBe(0)
})

test('a spawn while an upgrade is at any phase starts on the new version', async () => {
  const spawned: Promise<ProcessRef<Witness>>[] = []
  const { code } = await start(v1, 1, {
    faultPoint: async () => {
      spawned.push(code.spawn())
      await turn()
    },
  })
  await code.upgrade(v2)
  const news = await Promise.all(spawned.map(async (ref) => (await ref).call('note', 'new')))
  expect(news).toEqual(Array<string>(phases.length).fill('2:new'))
})

test('a stop of one while an upgrade is at any phase: the others are upgraded', async () => {
  const accepted: Promise<string>[] = []
  const stopped: Promise<void>[] = []
  const { runtime, code, refs } = await start(v1, phases.length + 1, {
    faultPoint: async () => {
      const ref = refs[stopped.length]!
      accepted.push(ref.call('note', 'accepted'))
      stopped.push(ref.stop())
      await turn()
    },
  })
  await code.upgrade(v2)
  await Promise.all(stopped)
  expect(await Promise.all(accepted)).toEqual(
    accepted.map(() => expect.stringMatching(/^[12]:accepted$/) as string),
  )
  expect(stopped).toHaveLength(phases.length)
  expect(refs.at(-1)!.version).toBe('2.0.0')
  await expect.poll(() => runtime.isolates).toBe(2)
})

test.each(undoablePhases)(
  'the isolate of one of two dies while an upgrade is at %s',
  async (phase) => {
    const { gates, faultPoint } = stopAt(phase)
    const { runtime, code, refs } = await start(v1, 2, { faultPoint })
    const upgrade = failure(code.upgrade(v2))
    await gates.reached(phase)
    const [mortal] = refs as [ProcessRef<Witness>]
    const hit = failure(mortal.call('die'))
    const behind = mortal.call('note', 'behind')
    gates.open(phase)
    const error = await upgrade
    // Where the death came before or after the swap it is the message that fails, not the upgrade.
    if (error !== undefined) expect(error).toMatchObject({ name: 'MoultError' })
    const version = error === undefined ? '2.0.0' : '1.0.0'
    expect(await hit).toMatchObject({ code: 'ISOLATE_EXITED' })
    // Made anew in time, it may have been handled before the swap.
    expect(await behind).toMatch(error === undefined ? /^[12]:behind$/ : /^1:behind$/)
    expect(refs.map((ref) => ref.version)).toEqual([version, version])
    const logs = await Promise.all(refs.slice(1).map(async (ref) => (await ref.state()).log))
    expect(logs).toEqual([['1:own 1']])
    await expect.poll(() => runtime.isolates).toBe(3)
  },
)

test('the suspend deadline passes behind a busy thread and a long queue: nothing is lost, doubled or out of order', async () => {
  const { code, refs } = await start(v1, 1)
  const [ref] = refs as [ProcessRef<Witness>]
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const spin = ref.call('spin', flag)
  const texts = Array.from({ length: 3000 }, (_, index) => String(index))
  const replies: Promise<string>[] = []
  for (const [index, text] of texts.entries()) {
    if (index % 3 === 0) ref.cast('put', text)
    else replies.push(ref.call('note', text))
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    const upgrade = code.upgrade(v2, { suspendTimeoutMs: 30, rehearse: attempt === 1 })
    await expect(upgrade).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
  }
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
  await spin
  await Promise.all(replies)
  const { log, version } = await ref.call('witness')
  expect(version).toBe('1.0.0')
  expect(log).toEqual(['1:own 0', '1:spin', ...texts.map((text) => `1:${text}`)])
  await code.upgrade(v2)
  expect(await ref.call('note', 'end')).toBe('2:end')
})

test('a late marker of an upgrade that was given up does not answer the next, other one', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(8))
  let attempts = 0
  const runtime = await testRuntime({
    faultPoint: (phase) => {
      if (phase !== 'suspend' || ++attempts < 2) return
      // The second suspend has been asked for by the next turn: only then may the handler end.
      setImmediate(() => {
        Atomics.store(flag, 0, 1)
        Atomics.notify(flag, 0)
      })
    },
  })
  const code = await runtime.load<Witness>(v2)
  const ref = await code.spawn()
  const held = ref.call('awaitThenSpin', flag)
  // The downgrade's marker arrives while the handler awaits; its deadline passes.
  await expect(code.downgrade(v1, { suspendTimeoutMs: 100 })).rejects.toMatchObject({
    code: 'SUSPEND_TIMEOUT',
  })
  await expect.poll(() => Atomics.load(flag, 1)).toBe(1)
  await code.upgrade(v3, { rehearse: false, suspendTimeoutMs: 30_000 })
  await held
  expect((await ref.state()).log).toEqual(['2:spun'])
})
