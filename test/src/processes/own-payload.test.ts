// @module-tag once
import { MessageChannel } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { ownPayload } from '../../../src/processes/message.ts'

function refused(details: object): Error {
  return expect.objectContaining({ code: 'UNCLONEABLE_ARGUMENT', ...details }) as Error
}

test('a view among what is transferred is named by its place, not blamed on the payload', () => {
  const view = new Uint8Array(4)
  const list = [view] as unknown as readonly Transferable[]
  expect(() => ownPayload(view, list)).toThrow(refused({ path: 'transfer[0]' }))
  expect(view.byteLength).toBe(4)
})

test('a port that has been closed is told in the words of the platform', () => {
  const { port1 } = new MessageChannel()
  port1.close()
  const message = expect.stringMatching(
    /^transfer should be a buffer or port .*already detached/,
  ) as string
  expect(() => ownPayload(port1, [port1])).toThrow(refused({ path: 'transfer', message }))
})
