import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api'
import type { Context, ContextManager, TextMapPropagator } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { createRuntime } from 'moult'
import type { Runtime } from 'moult'
import { newProject } from '../support/project.ts'
import { ownRuntime, silentLogger } from '../support/runtime.ts'

/** What the SDK of OpenTelemetry sets: the active context is that of the asynchronous flow. */
class Flow implements ContextManager {
  readonly #store = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#store.getStore() ?? ROOT_CONTEXT
  }

  with<Args extends unknown[], F extends (...args: Args) => ReturnType<F>>(
    active: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: Args
  ): ReturnType<F> {
    return this.#store.run(active, () => run.call(self, ...args))
  }

  bind<T>(_context: Context, target: T): T {
    return target
  }

  enable(): this {
    return this
  }

  disable(): this {
    return this
  }
}

/** Writes the headers of W3C Trace Context, and one more. */
const headers: TextMapPropagator = {
  inject: (active, carrier, setter) => {
    const span = trace.getSpanContext(active)
    if (span === undefined) return
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-01`)
    setter.set(carrier, 'baggage', 'x=1')
  },
  extract: (active) => active,
  fields: () => ['traceparent', 'baggage'],
}

const spanId = '00f067aa0ba902b7'

/** Runs something in a span of this trace. */
function inSpan<Result>(traceId: string, run: () => Result): Result {
  const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: 1 })
  return context.with(trace.setSpan(ROOT_CONTEXT, span), run)
}

interface Program {
  readonly version: string
  readonly init: () => { seen: unknown }
  readonly calls: {
    readonly trace: (state: never) => { traceparent: string } | undefined
    readonly seen: (state: never) => unknown
  }
  readonly casts: { readonly note: (state: never) => void }
}

const program = `export default {
  version: '1',
  init: () => ({ seen: 'nothing' }),
  calls: { trace: (_state, _payload, context) => context.trace, seen: ({ seen }) => seen },
  casts: { note: (state, _payload, context) => void (state.seen = context.trace) },
}`

async function start(runtime: Runtime) {
  const root = await newProject({ 'v1.js': program })
  const code = await runtime.load<Program>(`${root}/v1.js`)
  return code.spawn()
}

afterEach(() => {
  context.disable()
  propagation.disable()
})

const ONE = '11111111111111111111111111111111'
const TWO = '22222222222222222222222222222222'
const traceparent = (traceId: string): string => `00-${traceId}-${spanId}-01`

test('with tracing, what main sends carries the trace of the active context', async () => {
  const ref = await start(await ownRuntime({ tracing: true }))
  expect(await inSpan(ONE, () => ref.call('trace'))).toBe(undefined)
  context.setGlobalContextManager(new Flow())
  propagation.setGlobalPropagator(headers)

  const both = [inSpan(ONE, () => ref.call('trace')), inSpan(TWO, () => ref.call('trace'))]
  expect(await Promise.all(both)).toEqual([
    { traceparent: traceparent(ONE) },
    { traceparent: traceparent(TWO) },
  ])
  expect(await ref.call('trace')).toBe(undefined)
  expect(await inSpan(ONE, () => ref.proxy().trace())).toEqual({ traceparent: traceparent(ONE) })
  inSpan(TWO, () => ref.cast('note'))
  expect(await ref.call('seen')).toEqual({ traceparent: traceparent(TWO) })
  const limited = ref.with({ timeoutMs: 60_000 })
  expect(await inSpan(ONE, () => limited.call('trace'))).toEqual({ traceparent: traceparent(ONE) })

  const given = ref.with({ trace: { traceparent: traceparent(TWO) } })
  expect(await inSpan(ONE, () => given.call('trace'))).toEqual({ traceparent: traceparent(TWO) })
})

test('what a propagator writes that is no traceparent is left out', async () => {
  const ref = await start(await ownRuntime({ tracing: true }))
  propagation.setGlobalPropagator({
    ...headers,
    inject: (_active, carrier, setter) => setter.set(carrier, 'traceparent', 'none'),
  })
  expect(await ref.call('trace')).toBe(undefined)
})

test('without tracing nothing is asked', async () => {
  const ref = await start(await ownRuntime())
  context.setGlobalContextManager(new Flow())
  propagation.setGlobalPropagator(headers)
  expect(await inSpan(ONE, () => ref.call('trace'))).toBe(undefined)
})

test('tracing is true or false', async () => {
  const refused = createRuntime({
    tracing: 'opentelemetry' as unknown as boolean,
    logger: silentLogger,
  })
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', path: 'tracing' })
})
