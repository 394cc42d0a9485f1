import { expect, test } from 'vitest'
import { HostedProcess } from '../../../support/hosted-process.ts'
import { waiting } from './waiting-definition.ts'

/** A process of which two handlers wait. */
function busy() {
  const { definition, contexts, open } = waiting()
  const process = HostedProcess.started({ ...definition, concurrency: 3 })
  process.deliver(0, 'wait', 1, 2)
  return { process, contexts, open }
}

test('handlers are told that an upgrade waits for them, and not that the process leaves', () => {
  const { process, contexts } = busy()
  const [before] = contexts
  const early = before!.leaving
  expect(early.aborted).toBe(false)
  process.suspend()
  expect([early.aborted, contexts[1]!.leaving.aborted]).toEqual([true, true])
  expect(before!.signal.aborted).toBe(false)
})

test('one that asks for the signal only then is told, too, and so is one that begins while it waits', () => {
  const { process, contexts } = busy()
  process.suspend()
  process.cell.withdrawSuspend()
  process.host.pump()
  process.deliver(2, 'wait', 3)
  expect(contexts.map(({ leaving }) => leaving.aborted)).toEqual([true, true, true])
})

test('the signal is another when the upgrade is given up, and that of the next one', () => {
  const { process, contexts } = busy()
  const first = contexts[0]!.leaving
  process.suspend()
  process.cell.withdrawSuspend()
  process.host.context.abandonUpgrade()
  const second = contexts[0]!.leaving
  expect([first.aborted, second.aborted]).toEqual([true, false])
  process.host.context.abandonUpgrade()
  expect(contexts[0]!.leaving).toBe(second)
  process.suspend()
  expect(second.aborted).toBe(true)
})

test('where nothing runs nothing is told', async () => {
  const { process, contexts, open } = busy()
  await open()
  const { leaving } = contexts[0]!
  process.suspend()
  expect(leaving.aborted).toBe(false)
})
