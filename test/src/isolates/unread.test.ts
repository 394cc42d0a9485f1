import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { unread } from '../../../src/isolates/unread.ts'

function nested(levels: number): unknown {
  let list: unknown
  for (let depth = 0; depth < levels; depth++) list = { next: list }
  return list
}

/** Nested just so deeply that Node can write it and not read it: reading takes more of the stack. */
function unreadable(): unknown {
  for (let levels = 500; ; levels += 50) {
    try {
      structuredClone(nested(levels))
    } catch {
      return nested(levels)
    }
  }
}

test('a message that cannot be read does not keep those behind it', () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  port2.postMessage('before')
  port2.postMessage(unreadable())
  port2.postMessage('behind')
  const read = [...unread(port1)]
  expect([read[0], read.at(-1)]).toEqual(['before', 'behind'])
  expect(read).toHaveLength(2)
})
