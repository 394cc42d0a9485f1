import { whenReady } from '../../src/protocol/promise-like.ts'
import { asComlinkSends, fromComlink } from '../../src/protocol/wire/comlink-values.ts'
import type { WrittenValue } from '../../src/protocol/wire/comlink-values.ts'
import type { Operation } from './operations.ts'

/** The same operation for a payload and a reply that Comlink's transfer handlers may have written. */
export function writtenOperation({ kind, name, accept, handler }: Operation): Operation {
  return {
    kind,
    name,
    accept: (payload) => accept(read(payload)),
    handler: (state, payload, context) =>
      whenReady(handler(state, read(payload), context), (reply) => {
        const {
          value,
          handler: writer,
          transfer,
        } = asComlinkSends(reply, 'UNCLONEABLE_REPLY', 'reply')
        const written: WrittenValue = [writer, value]
        return transfer.length === 0
          ? written
          : context.transfer(written, transfer as ArrayBuffer[])
      }),
  }
}

function read(payload: unknown): unknown {
  const [writer, value] = payload as WrittenValue
  return fromComlink(value, writer, 'UNCLONEABLE_ARGUMENT', 'payload')
}
