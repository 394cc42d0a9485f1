import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Turns } from '../../../workers/isolate/turns.ts'

/** Hands numbers on, each of which keeps the thread for so long (ms), and answers with the next ones: the port is never empty. */
function relay(busyMs: number, last: number): { received: number[]; start: () => void } {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const received: number[] = []
  const turns = new Turns<number>((number) => {
    received.push(number)
    const end = performance.now() + busyMs
    while (performance.now() < end);
    if (number + 2 <= last) port2.postMessage(number + 2)
  })
  port1.on('message', turns.take)
  return { received, start: () => [0, 1].forEach((number) => port2.postMessage(number)) }
}

test('messages that beget messages leave the thread time for other things', async () => {
  const { received, start } = relay(0.5, 400)
  start()
  const turns = [0]
  while (received.length < 401) {
    await turn()
    turns.push(received.length)
  }
  const inOneTurn = turns.slice(1).map((count, at) => count - turns[at]!)
  expect(Math.max(...inOneTurn)).toBeLessThan(20)
})

test('messages are handed on in their order, each once', async () => {
  const { received, start } = relay(0.2, 200)
  start()
  while (received.length < 201) await turn()
  await turn()
  expect(received).toEqual(Array.from({ length: 201 }, (_, index) => index))
})

test('a turn that is over as soon as it begins hands one message on', async () => {
  let time = 0
  const received: number[] = []
  const turns = new Turns<number>(
    (number) => received.push(number),
    () => (time += 2),
  )
  for (const number of [1, 2, 3]) turns.take(number)
  expect(received).toHaveLength(1)
  for (const count of [2, 3]) {
    await turn()
    expect(received).toHaveLength(count)
  }
  expect(received).toEqual([1, 2, 3])
})

test('what waits is handed on though a message before it throws', async () => {
  const received: number[] = []
  const turns = new Turns<number>((number) => {
    const end = performance.now() + 2
    while (performance.now() < end);
    if (number === 2) throw new Error('thrown')
    received.push(number)
  })
  const thrown = new Promise((resolve) => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', resolve)
    onTestFinished(() => {
      for (const each of listeners) process.on('uncaughtException', each)
    })
  })
  for (const number of [1, 2, 3, 4]) turns.take(number)
  // On a busy machine a turn may be over before its first message.
  expect(received.length).toBeLessThan(2)
  expect(await thrown).toMatchObject({ message: 'thrown' })
  while (received.length < 3) await turn()
  expect(received).toEqual([1, 3, 4])
})
