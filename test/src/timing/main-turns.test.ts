import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MainTurns } from '../../../src/timing/main-turns.ts'

/** Readers that write down what they read, and what lets so many ms pass. */
function world() {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const log: unknown[] = []
  const readers = ['a', 'b'].map((name) => ({
    read: (message: unknown) => void log.push(`${name}${String(message)}`),
  }))
  const pass = (ms: number): void => void vi.advanceTimersByTime(ms)
  return { turns: new MainTurns(), log, a: readers[0]!, b: readers[1]!, pass }
}

/** So that what follows is read at once. */
async function begun(): Promise<ReturnType<typeof world>> {
  const made = world()
  made.turns.receive(made.a, 0)
  await turn()
  expect(made.log).toEqual(['a0'])
  made.log.length = 0
  return made
}

test('what comes early in a turn is read at once', async () => {
  const { turns, log, a, b, pass } = await begun()
  turns.receive(a, 1)
  pass(4)
  turns.receive(b, 2)
  expect(log).toEqual(['a1', 'b2'])
})

test('what comes late is read in the next turn, and so is all behind it, in order', async () => {
  const { turns, log, a, b, pass } = await begun()
  turns.receive(a, 1)
  pass(5)
  turns.receive(a, 2)
  turns.receive(b, 3)
  turns.receive(a, 4)
  expect(log).toEqual(['a1'])
  await turn()
  expect(log).toEqual(['a1', 'a2', 'b3', 'a4'])
})

test('what waits for a reply counts: other work has a turn between two that take long', async () => {
  const { turns, log, a, pass } = await begun()
  const slow = {
    read: (message: unknown) => {
      log.push(message)
      void Promise.resolve().then(() => pass(15))
    },
  }
  pass(5)
  for (const message of [1, 2, 3]) turns.receive(slow, message)
  turns.receive(a, 4)
  for (const expected of [[1], [1, 2], [1, 2, 3], [1, 2, 3, 'a4']]) {
    await turn()
    expect(log).toEqual(expected)
  }
})

test('all of one reader, or of any, can be read at once', async () => {
  const { turns, log, a, b, pass } = await begun()
  pass(5)
  for (const message of [1, 2]) {
    turns.receive(a, message)
    turns.receive(b, message)
  }
  turns.readAll(b)
  expect(log).toEqual(['b1', 'b2'])
  turns.receive(b, 3)
  turns.readAll()
  expect(log).toEqual(['b1', 'b2', 'a1', 'a2', 'b3'])
  await turn()
  expect(log).toHaveLength(5)
})

test('an error of one message is not that of those behind it', async () => {
  const { turns, log, a, pass } = await begun()
  const thrown: unknown[] = []
  const failing = {
    read: () => {
      throw new RangeError('unreadable')
    },
  }
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => thrown.push(error))
  pass(5)
  turns.receive(failing, 1)
  turns.receive(a, 2)
  await turn()
  await turn()
  for (const listener of listeners) process.on('uncaughtException', listener)
  expect([log, thrown.length]).toEqual([['a2'], 1])
})

test('nor where all are read at once', async () => {
  const { turns, log, a, pass } = await begun()
  const failing = {
    read: () => {
      throw new RangeError('unreadable')
    },
  }
  pass(5)
  for (const reader of [a, failing, a]) turns.receive(reader, log.length)
  expect(() => turns.readAll()).toThrow('unreadable')
  expect(log).toEqual(['a0'])
  await turn()
  expect(log).toEqual(['a0', 'a0'])
})

test('thousands are read in order, also where more come meanwhile', async () => {
  const { turns, log, a, pass } = await begun()
  pass(5)
  for (let message = 0; message < 3000; message++) turns.receive(a, message)
  await turn()
  for (let message = 3000; message < 3010; message++) turns.receive(a, message)
  await turn()
  expect(log).toEqual(Array.from({ length: 3010 }, (_none, at) => `a${at}`))
})
