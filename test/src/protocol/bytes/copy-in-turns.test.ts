import { expect, test } from 'vitest'
import { copyInTurns } from '../../../../src/protocol/bytes/copy-in-turns.ts'
import { pack, unpack } from '../../../../src/protocol/bytes/payload.ts'

test('a copy is a payload of its own; shared memory is that of the original', async () => {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const large = new Uint8Array(3_000_000).fill(7)
  const value = { large, shared, text: 'x'.repeat(2_500_000) }
  const payload = pack(value)
  const copies = [await copyInTurns(payload), await copyInTurns(payload)]
  for (const copy of copies) {
    structuredClone(copy.bytes.buffer, { transfer: [copy.bytes.buffer] })
    const again = await copyInTurns(payload)
    const read = unpack(again) as typeof value
    expect(read.large.length).toBe(3_000_000)
    expect(read.large.every((each) => each === 7)).toBe(true)
    expect(read.text).toBe(value.text)
    shared[0]!++
    expect(read.shared[0]).toBe(shared[0])
  }
})

test('others have their turns meanwhile', async () => {
  const copied = copyInTurns({ bytes: new Uint8Array(64 * 1024 * 1024), attachments: undefined })
  let isCopied = false
  void copied.then(() => (isCopied = true))
  await new Promise(setImmediate)
  expect(isCopied).toBe(false)
  expect((await copied).bytes.length).toBe(64 * 1024 * 1024)
})
