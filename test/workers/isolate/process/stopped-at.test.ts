import { expect, test } from 'vitest'
import { sharedNow } from '../../../../src/protocol/clock.ts'
import type { ExportedStates } from '../../../../src/protocol/wire/requests.ts'
import { HostedProcess } from '../../../support/hosted-process.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { waiting } from './waiting-definition.ts'

/** A process, and what lets so many ms pass. */
function stopped() {
  const pass = stopClock()
  const { definition, open } = waiting()
  return { process: HostedProcess.started(definition), open, pass }
}

/** When it says that it has stopped. */
async function toldBy(process: HostedProcess): Promise<number | undefined> {
  const answers = (await process.read()).filter((each) => 'type' in each && each.type === 'answer')
  const { value } = answers.at(-1) as unknown as { readonly value: ExportedStates }
  return value.stoppedAt[0]
}

test('it has stopped when it handles nothing more, though the request comes later', async () => {
  const { process, pass } = stopped()
  const attempt = process.cell.requestSuspend()
  pass(10)
  process.deliver(0, 'wait', 1)
  const at = sharedNow()
  pass(40)
  process.mark(attempt)
  expect(await toldBy(process)).toBe(at)
})

test('while a handler runs it has not stopped: it has at its end', async () => {
  const { process, open, pass } = stopped()
  process.deliver(0, 'wait', 1)
  process.suspend()
  pass(30)
  await open()
  expect(await toldBy(process)).toBe(sharedNow())
})

test('of an attempt that was withdrawn nothing is left', async () => {
  const { process, open, pass } = stopped()
  process.cell.requestSuspend()
  process.deliver(0, 'wait', 1)
  pass(10)
  process.cell.withdrawSuspend()
  process.host.pump()
  await open()
  pass(10)
  process.suspend()
  expect(await toldBy(process)).toBe(sharedNow())
})

test('nor of one after which it went on with its state', async () => {
  const { process, pass } = stopped()
  process.suspend()
  await process.read()
  process.resume()
  pass(20)
  process.suspend()
  expect(await toldBy(process)).toBe(sharedNow())
})
