import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { pack } from '../../../src/protocol/bytes/payload.ts'
import type { RestMark } from '../../../src/protocol/wire/copying.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { SliceReceiver } from '../../../workers/tables/slice-receiver.ts'

/** A receiver that counts slices, and the port to it. */
function receiving() {
  const { port1, port2 } = new MessageChannel()
  const target = {
    received: 0,
    receive: () => {
      target.received++
    },
    copy: () => pack(0),
  }
  const receiver = new SliceReceiver(port2, target, () => undefined)
  onTestFinished(() => port1.close())
  const slice = (): void => port1.postMessage(pack([]))
  const prove = (found?: Error): void => {
    port1.postMessage({ proof: found && encodeThrown(found) })
  }
  return { receiver, port: port1, slice, prove }
}

const awaitsProof = true

test('a proof that has come is not waited for', () => {
  const { receiver, slice, prove } = receiving()
  slice()
  prove()
  expect(receiver.finish(1, { awaitsProof }).received).toBe(1)
  expect(receiver.proof).toBeUndefined()
})

test('one that comes behind the state is, and says what was found', async () => {
  const good = receiving()
  good.slice()
  good.receiver.finish(1, { awaitsProof })
  const proof = good.receiver.proof
  good.prove()
  await expect(proof).resolves.toBeUndefined()
  expect(good.receiver.proof).toBeUndefined()

  const bad = receiving()
  bad.slice()
  bad.receiver.finish(1, { awaitsProof })
  bad.prove(new RangeError('a symbol'))
  await expect(bad.receiver.proof).rejects.toThrow('a symbol')
})

test('a proof is worth nothing any more where the process has gone on', async () => {
  const { receiver, port, slice, prove } = receiving()
  slice()
  prove()
  port.postMessage({ awaitsRest: false } satisfies RestMark)
  slice()
  receiver.finish(2, { awaitsProof })
  const proof = receiver.proof
  expect(proof).toBeInstanceOf(Promise)
  prove(new RangeError('a getter'))
  await expect(proof).rejects.toThrow('a getter')
})

test('a sender that goes before its proof refuses nothing: all that it sent is here alone', async () => {
  const { receiver, port, slice } = receiving()
  slice()
  receiver.finish(1, { awaitsProof })
  const proof = receiver.proof
  port.close()
  await expect(proof).resolves.toBeUndefined()
})

test('without a proof to wait for the sender is told at once', async () => {
  const { receiver, port, slice } = receiving()
  slice()
  port.start()
  const closed = once(port, 'close')
  receiver.finish(1)
  await closed
})
