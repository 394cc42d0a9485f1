// @module-tag once
import { expect, test } from 'vitest'
import { Messenger, unlimited } from '../../../src/processes/messenger.ts'
import type { MessageOptions } from '../../../src/processes/messenger.ts'
import { Desk, code } from './desk.ts'

/** Options that a program makes of a class. */
class Defaults implements MessageOptions {
  get signal(): AbortSignal {
    return AbortSignal.abort()
  }
}

test.each([
  ['of a class', new Defaults()],
  ['made of defaults', Object.create({ signal: AbortSignal.abort() }) as MessageOptions],
])('options %s hold', async (_of, options) => {
  const { process } = await Desk.running()
  const messenger = new Messenger(process, unlimited)
  await expect(messenger.with(options).call('get', undefined as never)).rejects.toThrow(
    code('CALL_ABORTED'),
  )
})
