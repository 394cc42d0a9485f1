import { decodeFields } from '../protocol/wire/log-fields.ts'
import type { FromIsolate, LogLine, Replies } from '../protocol/wire/messages.ts'
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
  switch (message.type) {
    case 'several':
      for (const each of message.messages) to.read(each)
      return
    case 'first-table':
      return to.onFirstTable()
    case 'answer':
      return to.requests.settle(message)
    case 'unhandled':
      return to.observer.onUnhandled(message)
    case 'log':
      return receiveLine({ ...message, fields: decodeFields(message) }, to)
    default:
      to.slots.activation(message.slot)?.onMessage(message)
  }
}

function receiveLine(line: LogLine, { slots, observer }: Receivers): void {
  if (line.slot < 0) observer.onLog(line)
  else slots.activation(line.slot)?.onMessage(line)
}
