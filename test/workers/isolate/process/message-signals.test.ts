import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ProcessContext } from '../../../../src/protocol/definition/context.ts'
import { MoultError } from '../../../../src/protocol/errors.ts'
import { encodeThrown } from '../../../../src/protocol/wire/thrown.ts'
import { HostedProcess } from '../../../support/hosted-process.ts'
import { waiting } from './waiting-definition.ts'

const late = new MoultError('CALL_TIMEOUT', 'late', { process: 'desk' })

const forgotten = (sequence: number, isLeftOut = true) => {
  return { sequence, isLeftOut, reason: encodeThrown(late) }
}

/** A process of which two handlers wait. */
function busy(concurrency = 3) {
  const { definition, contexts, open } = waiting()
  const process = HostedProcess.started({ ...definition, concurrency })
  process.deliver(0, 'wait', 1, 2)
  return { process, contexts, open }
}

describe('the caller of a running handler waits no more', () => {
  test('its signal says why, and that of no other', () => {
    const { process, contexts } = busy()
    const [one, other] = contexts.map(({ signal }) => signal)
    process.host.forget(forgotten(0))
    expect([one!.aborted, other!.aborted]).toEqual([true, false])
    expect(one!.reason).toMatchObject({ name: 'MoultError', code: 'CALL_TIMEOUT', process: 'desk' })
    expect(contexts[0]!.signal).toBe(one)
  })

  test('one that asks only then finds it aborted', () => {
    const { process, contexts } = busy()
    process.host.forget(forgotten(1))
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([false, true])
  })

  test('it stays aborted as it was when the process leaves', () => {
    const { process, contexts } = busy()
    const { signal } = contexts[0]!
    process.host.forget(forgotten(0))
    process.host.forget(forgotten(0))
    const { reason } = signal as { reason: unknown }
    process.host.leave()
    expect(signal.reason).toBe(reason)
  })

  test('one that has not begun is left out, or begins with an aborted signal', async () => {
    const { definition, open } = waiting()
    const looks: boolean[] = []
    const look = (_state: unknown, _none: unknown, { signal }: ProcessContext): void => {
      looks.push(signal.aborted)
    }
    const process = HostedProcess.started({ ...definition, casts: { look } })
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'look', 1, 2, 3)
    process.host.forget(forgotten(1))
    process.host.forget(forgotten(2, false))
    await open()
    expect(looks).toEqual([true, false])
  })

  test('behind its end nothing is told, and no later message for it', async () => {
    const { process, contexts, open } = busy()
    const { signal } = contexts[0]!
    await open()
    process.host.forget(forgotten(0))
    process.deliver(2, 'wait', 3)
    expect([signal.aborted, contexts[2]!.signal.aborted]).toEqual([false, false])
  })
})

describe('the process leaves', () => {
  test('the signals of running handlers are aborted, and what is asked for later is so', () => {
    const { process, contexts } = busy()
    const { signal } = contexts[0]!
    process.host.leave()
    expect(contexts.map((each) => each.signal.aborted)).toEqual([true, true])
    expect(contexts[0]!.signal).toBe(signal)
  })

  test.each(['a listener', 'a look', 'a look that comes later'])(
    'what a handler has left behind is told: %s',
    async (how) => {
      const { process, contexts, open } = busy()
      const [context] = contexts
      const signal = how === 'a look that comes later' ? undefined : context!.signal
      let told = false
      if (how === 'a listener') signal?.addEventListener('abort', () => (told = true))
      await open()
      await delay(0)
      const looked = signal ?? context!.signal
      expect(looked.aborted).toBe(false)
      process.host.leave()
      expect([looked.aborted, told]).toEqual([true, how === 'a listener'])
    },
  )

  test('a thousand ended handlers with listeners, some of them removed, are all told', async () => {
    const { definition, contexts, open } = waiting()
    const process = HostedProcess.started({ ...definition, concurrency: 1000 })
    process.deliver(0, 'wait', ...Array.from({ length: 1000 }, (_none, index) => index))
    let told = 0
    const tell = (): void => {
      told++
    }
    for (const [index, { signal }] of contexts.entries()) {
      signal.addEventListener('abort', tell)
      if (index % 2 === 0) signal.removeEventListener('abort', tell)
    }
    await open()
    process.host.leave()
    expect(told).toBe(500)
    expect(contexts.every(({ signal }) => signal.aborted)).toBe(true)
  })
})
