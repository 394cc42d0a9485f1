import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from '../../../src/timing/on-abort.ts'

test('an abort calls all back that still wait, in order and once', () => {
  const abort = new AbortController()
  const called: number[] = []
  const ends = [0, 1, 2].map((number) => onAbort(abort.signal, () => called.push(number)))
  ends[1]?.()
  abort.abort()
  abort.abort()
  expect(called).toEqual([0, 2])
})

test('one that is called back may end another', () => {
  const abort = new AbortController()
  const called: string[] = []
  let endOther = (): void => undefined
  onAbort(abort.signal, () => {
    called.push('first')
    endOther()
  })
  endOther = onAbort(abort.signal, () => called.push('other'))
  abort.abort()
  expect(called).toEqual(['first'])
})

test('ten thousand wait under one signal with one listener', () => {
  const abort = new AbortController()
  let called = 0
  for (let at = 0; at < 10_000; at++) onAbort(abort.signal, () => called++)
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
  abort.abort()
  expect(called).toBe(10_000)
})

test('signals do not share what waits', () => {
  const one = new AbortController()
  const other = new AbortController()
  const called: string[] = []
  onAbort(one.signal, () => called.push('one'))
  onAbort(other.signal, () => called.push('other'))
  one.abort()
  expect(called).toEqual(['one'])
})
