import type { Answer } from '../protocol/wire/pending-requests.ts'
import { decodeFields } from '../protocol/wire/log-fields.ts'
import type {
  FirstTable,
  FromIsolate,
  FromSlot,
  LogLine,
  Outcome,
  Replies,
  Unhandled,
} from '../protocol/wire/messages.ts'
import { readRuns } from '../protocol/wire/runs.ts'
import type { ActivationListener } from './activation-listener.ts'
import type { IsolateObserver } from './isolate-observer.ts'
import type { Requests } from './requests.ts'
import type { Slots } from './slots.ts'

/** The parts of an isolate on main that hear of what its thread says. */
export interface Receivers {
  readonly slots: Slots<ActivationListener>
  readonly requests: Requests
  readonly observer: IsolateObserver
  /** A table has been made there. */
  readonly onFirstTable: () => void
}

/** Hands what a thread has posted to those for whom it is. */
export function receive(message: FromIsolate, to: Receivers): void {
  // Not by a field: a batch has those of the prototype of all objects, to which a program may add.
  if (!isBatch(message)) {
    if (message.type !== 'several') return receiveOne(message, to)
    for (const each of message.messages) receive(each, to)
    return
  }
  readRuns(message, (slot, sequence, outcome, from, until) => {
    to.slots.activation(slot)?.onReplies(sequence, outcome as Outcome, message, from, until)
  })
}

function isBatch(message: FromIsolate): message is Replies {
  return Array.isArray(message)
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
