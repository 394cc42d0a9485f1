import type { Answer } from '../protocol/wire/pending-requests.ts'
import { decodeFields } from '../protocol/wire/log-fields.ts'
import type {
  FirstTable,
  FromIsolate,
  FromSlot,
  LogLine,
  Replies,
  Unhandled,
} from '../protocol/wire/messages.ts'
import type { IsolateObserver } from './isolate-observer.ts'
import type { Requests } from './requests.ts'
import type { Slots } from './slots.ts'

/** The parts of an isolate on main that hear of what its thread says. */
export interface Receivers {
  readonly slots: Slots
  readonly requests: Requests
  readonly observer: IsolateObserver
  /** Takes one of several that were posted together. */
  readonly read: (message: FromIsolate) => void
  /** A table has been made there. */
  readonly onFirstTable: () => void
}

/** Hands what a thread has posted, but for a batch of replies, to those for whom it is. */
export function receive(message: Exclude<FromIsolate, Replies>, to: Receivers): void {
  if (message.type !== 'several') return receiveOne(message, to)
  for (const each of message.messages) to.read(each)
}

function receiveOne(message: FromSlot | FirstTable | Unhandled | Answer, to: Receivers): void {
  if (message.type === 'first-table') to.onFirstTable()
  else if (message.type === 'answer') to.requests.receive(message)
  else if (message.type === 'unhandled') to.observer.onUnhandled(message)
  else if (message.type !== 'log') to.slots.activation(message.slot)?.onMessage(message)
  else receiveLine({ ...message, fields: decodeFields(message) }, to)
}

function receiveLine(line: LogLine, { slots, observer }: Receivers): void {
  if (line.slot < 0) observer.onLog(line)
  else slots.activation(line.slot)?.onMessage(line)
}
