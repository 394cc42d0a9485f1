import { expect, test } from 'vitest'
import { conditionFlags } from '../../../src/isolates/condition-flags.ts'

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

function flag(condition: string): string {
  return `--conditions=${condition}`
}
