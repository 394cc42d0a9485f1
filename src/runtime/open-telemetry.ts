import type * as OpenTelemetry from '@opentelemetry/api'
import { isTraceparent } from '../protocol/definition/trace.ts'
import type { TraceContext, TraceSource } from '../protocol/definition/trace.ts'
import { MoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'

/**
 * Tells the trace of the active context of OpenTelemetry, as the propagator that is set there writes it.
 * @throws MoultError `OPEN_TELEMETRY_MISSING`
 */
export async function openTelemetry(): Promise<TraceSource> {
  const { context, propagation } = await api()
  return () => {
    const carrier: Partial<Record<keyof TraceContext, string>> = {}
    propagation.inject(context.active(), carrier)
    const { traceparent, tracestate } = carrier
    if (!isTraceparent(traceparent)) return undefined
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
  }
}

async function api(): Promise<typeof OpenTelemetry> {
  try {
    return await import('@opentelemetry/api')
  } catch (cause) {
    const message =
      'tracing needs @opentelemetry/api: install it with npm install @opentelemetry/api'
    throw new MoultError('OPEN_TELEMETRY_MISSING', message, {
      expected: '@opentelemetry/api 1, an optional peer dependency of moult',
      received: reasonOf(cause),
      cause,
    })
  }
}
