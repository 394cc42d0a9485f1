import { expect, test } from 'vitest'
import { LentRoom, makeRoom } from '../../../../workers/isolate/process/preallocated-buffers.ts'

test('room has the sizes that were asked for', async () => {
  const sizes = [0, 1, 4096, 3 * 1024 * 1024 + 5]
  const room = await makeRoom(sizes)
  expect(room.map(({ byteLength }) => byteLength)).toEqual(sizes)
  expect(await makeRoom([])).toEqual([])
})

test('a thread that makes room sees to its messages meanwhile', async () => {
  let turns = 0
  const made = makeRoom([8 * 1024 * 1024]).then(() => turns)
  const count = (): void => {
    turns++
    if (turns < 10) setImmediate(count)
  }
  setImmediate(count)
  expect(await made).toBe(10)
})

test('a buffer is taken once, and only where it fits', () => {
  const room = new LentRoom()
  expect(room.take(8)).toBeUndefined()
  const [one, other, wide] = [new ArrayBuffer(8), new ArrayBuffer(8), new ArrayBuffer(16)]
  room.lend([one, wide, other])
  expect(room.take(12)).toBeUndefined()
  expect([room.take(8), room.take(8), room.take(8)]).toEqual([one, other, undefined])
  expect(room.take(16)).toBe(wide)
})

test('new room takes the place of the old, and none is kept once it is cleared', () => {
  const room = new LentRoom()
  room.lend([new ArrayBuffer(8)])
  room.lend([new ArrayBuffer(16)])
  expect(room.take(8)).toBeUndefined()
  room.clear()
  expect(room.take(16)).toBeUndefined()
})
