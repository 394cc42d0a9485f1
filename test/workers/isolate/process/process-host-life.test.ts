import { describe, expect, test } from 'vitest'
import { Outcome } from '../../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../../src/protocol/wire/progress.ts'
import { init } from '../../../../workers/isolate/process/activate.ts'
import { decodeState } from '../../../../workers/tables/table-state.ts'
import { gate } from '../../../support/gate.ts'
import { ENTER, HostedIsolate, HostedProcess, told } from '../../../support/hosted-process.ts'
import { waiting } from './waiting-definition.ts'
import type { State } from './waiting-definition.ts'

describe('a state that is taken over', () => {
  const placed = (definition: object): HostedProcess =>
    new HostedProcess(new HostedIsolate(definition), { state: CellState.Entering })

  test('is there before what was delivered behind it is handled', async () => {
    const { definition, open } = waiting('2')
    const process = placed(definition)
    process.enter({ count: 5 })
    process.deliver(0, 'add', 1)
    expect(await process.read()).toEqual([])
    await open()
    expect(told(await process.read())).toMatchObject([
      { answer: ENTER, hasEntered: true },
      { sequence: 0, value: 106 },
    ])
    expect(process.cell.state).toBe(CellState.Running)
  })

  test('waits for the others where it holds', async () => {
    const process = placed(waiting('2').definition)
    process.enter(
      { count: 5 },
      { hold: true, migration: { from: '0', to: '2', by: 'codeChange', extra: 1 } },
    )
    process.deliver(0, 'add', 1)
    expect(told(await process.read())).toEqual([{ answer: ENTER, hasEntered: true }])
    expect(process.cell.state).toBe(CellState.Entered)
    process.release()
    expect(await process.read()).toMatchObject([{ sequence: 0, value: 6 }])
  })

  test('has not entered where main has given it up, and nothing is handled', async () => {
    const { definition, open } = waiting('2')
    const process = placed(definition)
    process.enter({ count: 5 })
    process.deliver(0, 'add', 1)
    expect(process.cell.cancel()).toBe(true)
    await open()
    expect(told(await process.read())).toEqual([{ answer: ENTER, hasEntered: false }])
    expect([process.cell.state, process.cell.started]).toEqual([CellState.Cancelled, 0])
  })

  test('by one that was deactivated meanwhile does not come, for its cell may be another’s', async () => {
    const { definition, open } = waiting('2')
    const process = placed(definition)
    process.enter({ count: 5 })
    process.host.deactivate()
    await process.read()
    process.cell.place(CellState.Entering, 7)
    await open()
    expect(told(await process.read())).toEqual([{ answer: ENTER, hasEntered: false }])
    expect(process.cell.state).toBe(CellState.Entering)
  })

  test('that is no data is refused', async () => {
    const step = (state: State): unknown => ({ ...state, act: () => undefined })
    const process = placed({ ...waiting('2').definition, codeChange: { 1: step } })
    process.enter({ count: 5 })
    process.deliver(0, 'add', 1)
    expect(told(await process.read())).toMatchObject([
      { answer: ENTER, error: { code: 'UNCLONEABLE_STATE' } },
    ])
    expect([process.cell.state, process.cell.started]).toEqual([CellState.Entering, 0])
  })
})

describe('deactivation', () => {
  test('of a process at rest is told at once, and nothing more is handled', async () => {
    const process = HostedProcess.started(waiting().definition)
    process.queue(0, 'add', 1)
    process.host.deactivate()
    expect(await process.read()).toMatchObject([{ sequence: -1, kind: Outcome.Deactivated }])
    expect(process.host.hasEnded).toBe(true)
  })

  test('lets the handler that runs end and be answered, aborts its signal, and is told then', async () => {
    const { definition, contexts, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'add', 2)
    const signal = contexts[0]!.signal
    expect(signal.aborted).toBe(false)
    process.host.deactivate()
    expect(signal.aborted).toBe(true)
    expect(await process.read()).toEqual([])
    await open()
    expect(await process.read()).toMatchObject([
      { sequence: 0, kind: Outcome.Reply },
      { sequence: -1, kind: Outcome.Deactivated },
    ])
  })

  test('leaves out even what came with its buffers, and has not begun', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const operation = process.operation('add')
    const message = { type: 'deliver-moved', slot: 0, sequence: 1, operation } as const
    process.host.receiveMoved({ ...message, payload: new ArrayBuffer(1) })
    process.host.deactivate()
    await open()
    expect(await process.read()).toMatchObject([{ sequence: 0 }, { kind: Outcome.Deactivated }])
    expect(process.cell.started).toBe(1)
  })

  test('ends what the process may say: behind it the slot may be another’s', async () => {
    const { definition, contexts, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const context = contexts[0]!
    process.host.deactivate()
    context.log.info('while it ends')
    await open()
    context.log.info('behind its end')
    const lines = (await process.read()).filter((each) => 'type' in each)
    expect(lines).toMatchObject([
      { type: 'log', slot: 0 },
      { type: 'log', slot: -1 },
    ])
    await expect(context.call('other', 'get')).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
    expect(() => context.cast('other', 'put')).toThrow('cannot send anything')
    context.upgradeSelf()
    expect(await process.read()).toEqual([])
  })

  test('before the first state is there leaves its coming untold', async () => {
    const { opened, open } = gate()
    const late = { version: '1', init: () => opened.then(() => ({ count: 0 })) }
    const process = new HostedProcess(new HostedIsolate(late))
    init(process.host, () => undefined, 0, process.isolate.surroundings.outbox)
    process.host.deactivate()
    expect(await process.read()).toMatchObject([{ kind: Outcome.Deactivated }])
    open()
    expect(await process.read()).toEqual([])
  })

  test('tells who waits for a copy of the state that there will be none', async () => {
    const { definition } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const copy = process.host.copyState('whole')
    process.host.deactivate()
    await expect(copy).rejects.toMatchObject({ code: 'PROCESS_STOPPED' })
  })
})

describe('a copy of the state', () => {
  test('is made when the handler that runs has ended', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'add', 1)
    const copy = process.host.copyState('whole')
    await open()
    expect(decodeState(await copy).rest).toEqual({ count: 1 })
  })

  test('is made at once where several are handled at once', async () => {
    const process = HostedProcess.started({ ...waiting().definition, concurrency: 2 })
    process.deliver(0, 'wait', 1)
    expect(decodeState(await process.host.copyState('whole')).rest).toEqual({ count: 0 })
  })
})
