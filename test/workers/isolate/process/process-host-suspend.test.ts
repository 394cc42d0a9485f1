import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CellState } from '../../../../src/protocol/wire/progress.ts'
import { decodeState } from '../../../../workers/tables/table-state.ts'
import { HostedProcess, told } from '../../../support/hosted-process.ts'
import type { Entry, ToMain } from '../../../support/posted.ts'
import { waiting } from './waiting-definition.ts'
import type { State } from './waiting-definition.ts'

const sequences = (said: readonly ToMain[]): unknown[] =>
  said.filter((each): each is Entry => 'kind' in each).map(({ sequence }) => sequence)

describe('a suspend', () => {
  test('of a process at rest takes effect at once; what waits is not handled here', async () => {
    const process = HostedProcess.started(waiting().definition)
    process.deliver(0, 'add', 1)
    const attempt = process.cell.requestSuspend()
    process.deliver(1, 'add', 2)
    process.mark(attempt)
    const said = await process.read()
    expect(sequences(said)).toEqual([0])
    expect(said.at(-1)).toMatchObject({ type: 'answer', value: { recordsLeft: 0 } })
    expect(told(said).at(-1)).toEqual({ answer: attempt, state: { count: 1 } })
    expect(process.cell.state).toBe(CellState.Suspended)
    process.deliver(2, 'add', 3)
    expect(await process.read()).toEqual([])
  })

  test('waits for the handler that runs, and the state goes out behind its reply', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'add', 2)
    const attempt = process.suspend()
    expect(process.cell.state).toBe(CellState.Suspending)
    expect(await process.read()).toEqual([])
    await open()
    expect(told(await process.read())).toMatchObject([
      { sequence: 0 },
      { answer: attempt, state: { count: 1 } },
    ])
  })

  test('that is withdrawn before the handler ends has no effect', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'add', 2)
    const attempt = process.suspend()
    expect(process.cell.withdrawSuspend()).toBe(true)
    await open()
    const said = await process.read()
    expect(sequences(said)).toEqual([0, 1])
    expect(told(said)).toContainEqual({ answer: attempt, state: undefined })
  })

  test('that is withdrawn and asked for again takes effect once, by the request that counts', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const first = process.cell.requestSuspend()
    process.cell.withdrawSuspend()
    const second = process.cell.requestSuspend()
    process.mark(first)
    await open()
    const none = { answer: first, state: undefined }
    expect(told(await process.read())).toMatchObject([none, { sequence: 0 }])
    expect(process.cell.state).toBe(CellState.Suspending)
    process.mark(second)
    expect(told(await process.read())).toEqual([{ answer: second, state: { count: 1 } }])
    process.mark(first)
    expect(told(await process.read())).toEqual([none])
  })

  test('whose request had come before it was withdrawn does not stand for the one that is asked for next', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const first = process.suspend()
    process.cell.withdrawSuspend()
    const second = process.cell.requestSuspend()
    await open()
    expect(told(await process.read())).toMatchObject([{ sequence: 0 }])
    expect(process.cell.state).toBe(CellState.Suspending)
    process.mark(second)
    expect(told(await process.read())).toEqual([
      { answer: first, state: undefined },
      { answer: second, state: { count: 1 } },
    ])
  })

  test('that came too late to be withdrawn is answered again when it is asked for again', async () => {
    const process = HostedProcess.started(waiting().definition)
    const first = process.suspend()
    expect(process.cell.withdrawSuspend()).toBe(false)
    const second = process.suspend()
    expect(told(await process.read())).toContainEqual({ answer: second, state: { count: 0 } })
    expect(process.cell.attempt).toBe(first + 1)
  })

  test('that comes to nothing lets the process go on with its own live state', async () => {
    const process = HostedProcess.started(waiting().definition)
    process.deliver(0, 'add', 1)
    process.suspend()
    await process.read()
    process.resume()
    process.deliver(1, 'add', 2)
    expect(await process.read()).toMatchObject([{ sequence: 1, value: 2 }])
  })

  test('that comes to nothing leaves nothing of what waited here: main delivers it again', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    process.deliver(1, 'add', 'before')
    process.suspend()
    await open()
    await process.read()
    process.resume()
    process.deliver(2, 'add', 'again')
    expect(await process.read()).toMatchObject([{ sequence: 2, value: 2 }])
  })

  test('may follow one that came to nothing', async () => {
    const process = HostedProcess.started(waiting().definition)
    const first = process.suspend()
    const before = told(await process.read())
    process.resume()
    process.deliver(0, 'add', 1)
    const second = process.suspend()
    expect([...before, ...told(await process.read())]).toMatchObject([
      { answer: first, state: { count: 0 } },
      { sequence: 0 },
      { answer: second, state: { count: 1 } },
    ])
  })

  test('of a state that is no data is refused, and the process can go on', async () => {
    const process = HostedProcess.started({
      ...waiting().definition,
      calls: { spoil: (state: State) => void Object.assign(state, { act: () => undefined }) },
    })
    process.deliver(0, 'spoil', undefined)
    const attempt = process.suspend()
    expect(told(await process.read()).at(-1)).toMatchObject({
      answer: attempt,
      error: { code: 'UNCLONEABLE_STATE', path: 'state.act' },
    })
    process.resume()
    process.deliver(1, 'spoil', undefined)
    expect(sequences(await process.read())).toEqual([1])
  })
})

describe('a suspend whose state goes through a step that has to be awaited', () => {
  const down = { by: 'downgrade' } as const

  test('is answered when that has run, on a copy', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    const attempt = process.suspend(down)
    expect(await process.read()).toEqual([])
    await open()
    expect(told(await process.read())).toEqual([{ answer: attempt, state: { count: 100 } }])
    process.resume()
    process.deliver(0, 'add', 1)
    expect(await process.read()).toMatchObject([{ value: 1 }])
  })

  test('brings no state where it was given up meanwhile', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    const attempt = process.suspend(down)
    await turn()
    process.resume()
    await open()
    expect(told(await process.read())).toEqual([{ answer: attempt, state: undefined }])
  })

  test('brings no state that a later one waits for', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    const first = process.suspend(down)
    await turn()
    process.resume()
    const second = process.suspend(down)
    await open()
    expect(told(await process.read())).toEqual([
      { answer: first, state: undefined },
      { answer: second, state: { count: 100 } },
    ])
  })
})

describe('a suspend together with others', () => {
  test('gives a small state at once where the process is at rest', () => {
    const process = HostedProcess.started(waiting().definition)
    process.deliver(0, 'add', 1)
    const given = process.host.suspendNow(process.cell.requestSuspend())
    expect(decodeState({ bytes: given!.bytes, attachments: undefined }).rest).toEqual({ count: 1 })
    expect(process.cell.state).toBe(CellState.Suspended)
  })

  test('changes nothing where a handler runs, where it was withdrawn, or for a large state', async () => {
    const { definition, open } = waiting()
    const process = HostedProcess.started(definition)
    process.deliver(0, 'wait', 1)
    const first = process.cell.requestSuspend()
    expect(process.host.suspendNow(first)).toBe(undefined)
    await open()
    process.cell.withdrawSuspend()
    expect(process.host.suspendNow(first)).toBe(undefined)
    process.cell.requestSuspend()
    expect(process.host.suspendNow(first)).toBe(undefined)
    expect(process.cell.state).toBe(CellState.Suspending)

    const large = HostedProcess.started({
      version: '1',
      init: () => ({ text: 'x'.repeat(50_000) }),
    })
    expect(large.host.suspendNow(large.cell.requestSuspend())).toBe(undefined)
    expect(large.cell.state).toBe(CellState.Suspending)
  })
})
