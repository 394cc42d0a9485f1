import type { Lifecycle } from '../lifecycle.ts'
import type { Message, MessageKind } from '../message.ts'
import type { OpenCall } from '../open-call.ts'
import type { OpenCalls } from '../open-calls.ts'
import type { Process } from '../process.ts'
import type { Sightings } from './sightings.ts'

/** A call that a handler has made, whose answer it waits for. */
export interface AwaitedCall {
  /** Name or id of the process that is to answer. */
  readonly process: string
  readonly name: string
  /** How long (ms) it has been seen unanswered, at least. */
  readonly seenForMs: number
}

/** A message whose handler has begun and not ended. */
export interface HandledMessage {
  readonly kind: MessageKind
  readonly name: string
  /**
   * How long (ms) its handler has been seen at it, at least. Main looks only when it is asked, and about every quarter of
   * `handlerTimeoutMs` where there is one: 0 where it has not looked before.
   */
  readonly seenForMs: number
  /** Calls to other processes that it has made and that are not answered yet. */
  readonly waitsFor: readonly AwaitedCall[]
}

/** What main knows of a process without asking its thread. */
export interface Activity {
  /** Name, or id where it has none. */
  readonly process: string
  /** Label of the version that it has. */
  readonly version: string
  readonly lifecycle: Lifecycle
  /** Messages that are handled, the oldest first. */
  readonly handling: readonly HandledMessage[]
  /** Messages that have been accepted and have not begun. */
  readonly waiting: number
}

/** What a process is at. */
export function activityOf(process: Process, openCalls: OpenCalls, sightings: Sightings): Activity {
  const { label, messages, lifecycle } = process
  const begun = begunBy(process)
  const calls = openCalls.madeBy(process)
  const handling = begun.map((message): HandledMessage => {
    const { kind, name } = message
    const own = calls.filter(({ outer }) => outer === message)
    const waitsFor = own.map((call) => awaited(call, sightings))
    return { kind, name, seenForMs: sightings.seenForMs(message), waitsFor }
  })
  const version = process.version?.contract.version ?? ''
  return { process: label, version, lifecycle, handling, waiting: messages.size - begun.length }
}

/** Messages whose handlers have begun and not ended, the oldest first. */
export function begunBy({ activation, messages }: Process): readonly Message[] {
  return activation === undefined ? [] : messages.begun(activation)
}

function awaited(call: OpenCall, sightings: Sightings): AwaitedCall {
  const { to, name } = call
  return { process: to.label, name, seenForMs: sightings.seenForMs(call) }
}

/** The same in words, such as `it handles the call 'get', seen for 200 ms or longer, and 3 messages wait`. */
export function inWords({
  lifecycle,
  handling,
  waiting,
}: Pick<Activity, 'lifecycle' | 'handling' | 'waiting'>): string {
  const parts = handling.map(messageInWords)
  if (parts.length === 0) parts.push('it handles nothing')
  if (waiting > 0) parts.push(waiting === 1 ? '1 message waits' : `${waiting} messages wait`)
  const what =
    parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`
  return lifecycle === 'running' ? `${what}` : `it is ${lifecycle}: ${what}`
}

function messageInWords({ kind, name, seenForMs, waitsFor }: HandledMessage): string {
  const what = kind === 'read-state' ? 'it gives its state' : `it handles the ${kind} '${name}'`
  const since = seenForMs > 0 ? `, seen for ${Math.floor(seenForMs)} ms or longer` : ''
  const answers = waitsFor.map((call) => `'${call.name}' of ${call.process}`)
  const calls = answers.length > 0 ? `, which waits for ${answers.join(' and ')}` : ''
  return `${what}${since}${calls}`
}
