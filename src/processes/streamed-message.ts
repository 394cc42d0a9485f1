import type { ReceivedItems } from './streams/item-stream.ts'
import { Message, ownPayload } from './message.ts'
import type { Caller } from './message.ts'
import { MessageStreams } from './streams/message-streams.ts'
import { MoultError } from '../protocol/errors.ts'
import type { Process } from './process.ts'

/**
 * A call that is given items one by one, or yields some.
 * @param output takes what it yields; undefined for one reply
 * @throws MoultError `UNCLONEABLE_ARGUMENT`
 */
export function streamedMessage(
  process: Process,
  name: string,
  payload: unknown,
  caller: Caller,
  output?: ReceivedItems,
): Message {
  const copyOf = (each: unknown): unknown => ownPayload(each, undefined, process).payload
  const streams = new MessageStreams(payload, output, copyOf, (reason) => {
    process.abandon(message, reason ?? left(process, name))
  })
  const message = new Message('call', name, streams.payload, ending(streams, caller))
  message.streams = streams
  return message
}

function left({ label }: Process, name: string): MoultError {
  const message = `the stream '${name}' of ${label} is not read any more`
  return new MoultError('CALL_ABORTED', message, { process: label })
}

/** The same caller. Before it is told of the end, its streams end. */
function ending(streams: MessageStreams, caller: Caller): Caller {
  return {
    resolve: (value) => {
      streams.end()
      caller.resolve(value)
    },
    reject: (reason) => {
      streams.end()
      caller.reject(reason)
    },
  }
}
