import type { StreamedPayload } from '../../src/protocol/wire/streams.ts'
import type { Operation } from './operations.ts'

/** The same operation for a payload or a reply that crosses item by item. */
export function streamedOperation({ kind, name, accept, handler }: Operation): Operation {
  return {
    kind,
    name,
    handler,
    // What comes item by item cannot be tried ahead.
    accept: (streamed) => {
      const { payload, input } = streamed as StreamedPayload
      return input === undefined ? accept(payload) : undefined
    },
    isStreamed: true,
  }
}
