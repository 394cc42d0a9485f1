import { expect, test } from 'vitest'
import { ThreadInspection } from '../../../../src/isolates/inspection/thread-inspection.ts'
import type { InspectedThread } from '../../../../src/isolates/inspection/thread-inspection.ts'
import { Deferred } from '../../../../src/protocol/deferred.ts'

const loop = {
  nodes: [
    {
      id: 1,
      callFrame: { functionName: 'loop', url: 'file:///a.js', lineNumber: 0, columnNumber: 0 },
      hitCount: 1,
    },
  ],
}

function inspection(thread: Partial<InspectedThread>): ThreadInspection {
  return new ThreadInspection({
    hello: () => Promise.resolve(),
    profile: () => Promise.resolve(loop),
    ...thread,
  })
}

test('of a thread that cannot be looked at the reason is told', async () => {
  const profile = (): Promise<never> => Promise.reject(new Error('no inspector'))
  const reason = 'it could not be looked at: no inspector'
  expect(await inspection({ profile }).find(1000)).toEqual({ frames: [], reason })
})

test('a thread that does not answer is given up in its time', async () => {
  const profile = (_ms: number, signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const { reason } = await inspection({ profile }).find(1)
  expect(reason).toBe('it could not be looked at: the thread did not answer within 1 ms')
})

test('several who ask at once wait for one look, and the next one looks again', async () => {
  const looks: Deferred<typeof loop>[] = []
  const profile = (): Promise<typeof loop> => {
    const look = new Deferred<typeof loop>()
    looks.push(look)
    return look.promise
  }
  const inspected = inspection({ profile })
  const both = [inspected.find(1000), inspected.find(1000)]
  expect(looks).toHaveLength(1)
  looks[0]!.resolve(loop)
  expect((await Promise.all(both)).map(({ frames }) => frames[0]?.functionName)).toEqual([
    'loop',
    'loop',
  ])
  void inspected.find(1000)
  expect(looks).toHaveLength(2)
  looks[1]!.resolve(loop)
})

test('a thread is held that does not answer in time', async () => {
  expect(await inspection({}).isHeld(1000)).toBe(false)
  expect(await inspection({ hello: () => new Promise(() => undefined) }).isHeld(1)).toBe(true)
})
