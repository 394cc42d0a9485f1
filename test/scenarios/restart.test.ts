import { setImmediate as turn } from 'node:timers/promises'
import type { Services } from 'moult'
import { expect, test } from 'vitest'
import { once } from 'node:events'
import type late from '../fixtures/crash/late.ts'
import type onlyOnce from '../fixtures/crash/only-once.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

/** Lets the first `init` through at once and holds the second. */
class Turnstile extends TestGates {
  entered = 0

  override pass(name: string): Promise<void> {
    return ++this.entered === 1 ? Promise.resolve() : super.pass(name)
  }
}

test('nothing is handled while init of the next incarnation runs, even when the process is stopped meanwhile', async () => {
  const gates = new Turnstile()
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof late>(fixture('crash/late.ts'))
  const ref = await code.spawn({ args: { name: 'a' } })
  await expect(ref.call('exit')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  await gates.reached('init a')
  const waiting = ref.call('get').catch((error: unknown) => error)
  const stopped = ref.stop({ timeoutMs: 2000 })
  // A turn later the stop has begun; only then may init end.
  await turn()
  gates.open('init a')
  const end = await waiting
  await stopped
  if (end !== 1) expect(end).toMatchObject({ code: 'PROCESS_STOPPED' })
})

test('messages sent while the next incarnation is made are handled by it, in order', async () => {
  const gates = new Turnstile()
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof late>(fixture('crash/late.ts'))
  const ref = await code.spawn({ args: { name: 'b' } })
  await expect(ref.call('exit')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  await gates.reached('init b')
  const waiting = [ref.call('get'), ref.call('get')]
  gates.open('init b')
  expect(await Promise.all(waiting)).toEqual([1, 1])
})

test('an upgrade that meets a process between two lives is refused and leaves it alone', async () => {
  const gates = new Turnstile()
  const runtime = await testRuntime({ services: gates.services })
  const code = await runtime.load<typeof late>(fixture('crash/late.ts'))
  const ref = await code.spawn({ args: { name: 'c' } })
  await expect(ref.call('exit')).rejects.toMatchObject({ code: 'ISOLATE_EXITED' })
  await gates.reached('init c')
  const upgrade = code.upgrade(fixture('crash/late-v2.ts'), { suspendTimeoutMs: 300 })
  await expect(upgrade).rejects.toMatchObject({ name: 'MoultError' })
  gates.open('init c')
  expect(await ref.call('get')).toBe(1)
  expect(ref.version).toBe('1.0.0')
  await code.upgrade(fixture('crash/late-v2.ts'))
  expect(ref.version).toBe('2.0.0')
})

test('where init fails after a death, the error says so, and why', async () => {
  let starts = 0
  const services = { starts: { next: () => ++starts } } as unknown as Services
  const runtime = await testRuntime({ services })
  const code = await runtime.load<typeof onlyOnce>(fixture('crash/only-once.ts'))
  const restart = { maxRestarts: 2, withinMs: 60_000 }
  const ref = await code.spawn({ name: 'one', restart })
  const stopped = once(runtime, 'stopped')
  const behind = [ref.call('die'), ref.call('get')].map((call) =>
    call.catch((error: unknown) => error),
  )
  const message =
    'one died and could not be made anew (more than 2 times in 60000 ms): init of one failed: not again'
  const about = { code: 'RESTART_LIMIT', message, cause: { code: 'INIT_FAILED' } }
  expect(await stopped).toMatchObject([{ process: 'one', error: about }])
  expect(await Promise.all(behind)).toMatchObject([{ code: 'ISOLATE_EXITED' }, about])
  expect(starts).toBe(3)
})
