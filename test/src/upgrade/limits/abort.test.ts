// @module-tag once
import { expect, test } from 'vitest'
import { MoultError } from '../../../../src/protocol/errors.ts'
import { abortUpgrade, forwardAbort } from '../../../../src/upgrade/limits/abort.ts'

test('what an upgrade was given up for is the cause of its error', () => {
  const abort = new AbortController()
  const reason = new RangeError('enough')
  abortUpgrade(abort, reason)
  expect(abort.signal.reason).toMatchObject({ code: 'UPGRADE_ABORTED', cause: reason })
})

test('an error of moult’s own is told as it is', () => {
  const abort = new AbortController()
  const reason = new MoultError('RUNTIME_CLOSED', 'the runtime is closing')
  abortUpgrade(abort, reason)
  expect(abort.signal.reason).toBe(reason)
})

test.each(['before', 'after'])('a signal that is aborted %s it is connected', (when) => {
  const abort = new AbortController()
  const signal = new AbortController()
  if (when === 'before') signal.abort('enough')
  forwardAbort(signal.signal, abort)
  if (when === 'after') signal.abort('enough')
  expect(abort.signal.reason).toMatchObject({ code: 'UPGRADE_ABORTED', cause: 'enough' })
})

test('a signal whose connection has ended gives nothing up', () => {
  const abort = new AbortController()
  const signal = new AbortController()
  forwardAbort(signal.signal, abort)()
  forwardAbort(undefined, abort)()
  signal.abort()
  expect(abort.signal.aborted).toBe(false)
})
