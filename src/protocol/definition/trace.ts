import { wrongValue } from '../wrong-value.ts'

/** A trace, as services give it to each other: the headers of [W3C Trace Context](https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** Version, id of the trace, id of the span, flags: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. */
  readonly traceparent: string
  /** What tracing systems add. */
  readonly tracestate?: string | undefined
}

/** Tells the trace of what is done now. */
export type TraceSource = () => TraceContext | undefined

/** What is expected of a `traceparent`. */
export const TRACEPARENT = 'a traceparent of W3C Trace Context, such as 00-<trace>-<span>-01'
/** What is expected of a `tracestate`. */
export const TRACESTATE = 'a text of printable ASCII'

const PARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?<rest>-.*)?$/

/** Whether it can be read. Versions to come may add to it; the first has nothing behind the flags. */
export function isTraceparent(value: unknown): value is string {
  if (typeof value !== 'string') return false
  const rest = PARENT.exec(value)?.groups
  return rest !== undefined && (rest.rest === undefined || !value.startsWith('00'))
}

/** Whether it may stand in a header. What is in it is for those who know it. */
export function isTracestate(value: unknown): value is string {
  return typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)
}

/** A copy with these two fields alone: a carrier of headers may have others. @throws MoultError `INVALID_OPTION` */
export function checkedTrace(where: string, value: unknown): TraceContext {
  if (typeof value !== 'object' || value === null)
    throw wrongValue(where, 'trace', 'an object with a traceparent', value)
  const { traceparent, tracestate }: Partial<Record<keyof TraceContext, unknown>> = value
  if (!isTraceparent(traceparent))
    throw wrongValue(where, 'trace.traceparent', TRACEPARENT, traceparent)
  if (tracestate === undefined) return { traceparent }
  if (!isTracestate(tracestate)) throw wrongValue(where, 'trace.tracestate', TRACESTATE, tracestate)
  return { traceparent, tracestate }
}
