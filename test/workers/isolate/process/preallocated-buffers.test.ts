import { expect, test } from 'vitest'
import {
  PreallocatedBuffers,
  allocateBuffers,
} from '../../../../workers/isolate/process/preallocated-buffers.ts'

test('preallocated has the sizes that were asked for', async () => {
  const sizes = [0, 1, 4096, 3 * 1024 * 1024 + 5]
  const preallocated = await allocateBuffers(sizes)
  expect(preallocated.map(({ byteLength }) => byteLength)).toEqual(sizes)
  expect(await allocateBuffers([])).toEqual([])
})

test('a thread that makes preallocated sees to its messages meanwhile', async () => {
  let turns = 0
  const made = allocateBuffers([8 * 1024 * 1024]).then(() => turns)
  const count = (): void => {
    turns++
    if (turns < 10) setImmediate(count)
  }
  setImmediate(count)
  expect(await made).toBe(10)
})

test('a buffer is taken once, and only where it fits', () => {
  const preallocated = new PreallocatedBuffers()
  expect(preallocated.take(8)).toBeUndefined()
  const [one, other, wide] = [new ArrayBuffer(8), new ArrayBuffer(8), new ArrayBuffer(16)]
  preallocated.lend([one, wide, other])
  expect(preallocated.take(12)).toBeUndefined()
  expect([preallocated.take(8), preallocated.take(8), preallocated.take(8)]).toEqual([
    one,
    other,
    undefined,
  ])
  expect(preallocated.take(16)).toBe(wide)
})

test('new preallocated takes the place of the old, and none is kept once it is cleared', () => {
  const preallocated = new PreallocatedBuffers()
  preallocated.lend([new ArrayBuffer(8)])
  preallocated.lend([new ArrayBuffer(16)])
  expect(preallocated.take(8)).toBeUndefined()
  preallocated.clear()
  expect(preallocated.take(16)).toBeUndefined()
})
