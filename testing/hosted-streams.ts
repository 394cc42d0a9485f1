import { MoultError } from '../src/protocol/errors.ts'
import { ownCopy } from '../src/protocol/bytes/own-copy.ts'
import type { Demand, Feed, StreamedPayload } from '../src/protocol/wire/streams.ts'
import { encodeThrown } from '../src/protocol/wire/thrown.ts'
import type { ReceivedItems } from '../src/processes/streams/item-stream.ts'
import { MessageStreams } from '../src/processes/streams/message-streams.ts'
import type { OpenStreams, StreamPlace } from '../src/processes/streams/message-streams.ts'
import type { ProcessHost } from '../workers/isolate/process/process-host.ts'

/** The streams of the messages of one process in this thread. */
export class HostedStreams implements StreamPlace {
  readonly slot = 0
  readonly streams: OpenStreams = new Map()
  readonly #host: ProcessHost

  constructor(host: ProcessHost) {
    this.#host = host
  }

  tell(message: Demand | Feed): void {
    const posted = structuredClone(message)
    queueMicrotask(() => {
      this.#host.receiveStream(posted)
    })
  }

  /** What is to be delivered of a message with streams as the one with this number. */
  open(payload: unknown, sequence: number, output: ReceivedItems | undefined): StreamedPayload {
    const copyOf = (each: unknown): unknown => ownCopy(each, 'payload')
    const streams = new MessageStreams(payload, output, copyOf, (reason = left()) => {
      this.#host.forget({ sequence, isLeftOut: true, reason: encodeThrown(reason) })
      output?.reject(reason)
    })
    streams.launch(this, sequence)
    return structuredClone(streams.payload)
  }

  /** The message with this number has ended. */
  end(sequence: number): void {
    this.streams.get(sequence)?.end()
  }
}

function left(): MoultError {
  return new MoultError('CALL_ABORTED', 'the stream is not read any more')
}
