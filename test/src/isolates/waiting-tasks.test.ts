import { expect, test } from 'vitest'
import { WaitingTasks } from '../../../src/isolates/waiting-tasks.ts'

test('tasks leave in order, but for those that are taken out', () => {
  const waiting = new WaitingTasks<{ readonly name: string }>()
  const tasks = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
  for (const task of tasks) waiting.push(task)
  expect(waiting.take(({ name }) => name === 'b' || name === 'c')).toEqual(tasks.slice(1, 3))
  expect(waiting.size).toBe(2)
  expect(waiting.take(({ name }) => name === 'b')).toEqual([])
  waiting.push(tasks[1]!)
  waiting.remove(tasks[3]!)
  expect([waiting.shift(), waiting.shift(), waiting.shift()]).toEqual([tasks[0], tasks[1], null])
})
