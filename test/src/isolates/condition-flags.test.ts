import { expect, test } from 'vitest'
import { conditionFlags, threadFlags } from '../../../src/isolates/condition-flags.ts'

test.each([
  [[], []],
  [['--inspect', '--import', 'tsx'], []],
  [['-C', 'one'], ['--conditions=one']],
  [['-C=one', '--conditions', 'two', '--conditions=three'], ['one', 'two', 'three'].map(flag)],
  [['--no-warnings', '-C', 'one', '--inspect'], ['--conditions=one']],
  [['-C'], []],
])('threads are started with those of %j', (execArgv, expected) => {
  expect(conditionFlags(execArgv)).toEqual(expected)
})

test('a thread has the flags by which packages are found, and its own', () => {
  const execArgv = ['--inspect', '-C', 'one']
  expect(threadFlags([], { execArgv })).toEqual([flag('one')])
  expect(threadFlags(['--permission'], { execArgv })).toEqual([flag('one'), '--permission'])
})

test('a thread of a restricted Node inherits its restrictions, unless it has its own', () => {
  const restricted = { execArgv: ['--permission', '-C', 'one'], permission: { has: () => false } }
  expect(threadFlags([], restricted)).toBeUndefined()
  expect(threadFlags(['--permission'], restricted)).toEqual([flag('one'), '--permission'])
})

function flag(condition: string): string {
  return `--conditions=${condition}`
}
