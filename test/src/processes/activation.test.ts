// @module-tag once
import { describe, expect, test } from 'vitest'
import { Control, NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { fate, placed } from './placed.ts'

describe('the making of a first state', () => {
  test('is asked for in order, and ends when the thread says so', async () => {
    const { isolate, place } = placed()
    const made = place.init(['p1', 'desk', { seats: 2 }], 1000)
    await Promise.resolve()
    expect(isolate.read()).toEqual([
      { slot: 0, sequence: NO_SEQUENCE, kind: Control.Init, value: ['p1', 'desk', { seats: 2 }] },
    ])
    isolate.tell(0, NO_SEQUENCE, Outcome.Initialised, undefined)
    expect(await fate(made)).toBe('kept')
  })

  test('fails with what init threw', async () => {
    const { isolate, place } = placed()
    const made = place.init(['p1', 'desk', 1], 1000)
    const thrown = encodeThrown(new RangeError('no seats'))
    isolate.tell(0, NO_SEQUENCE, Outcome.NotInitialised, thrown)
    expect(await fate(made)).toMatchObject({ name: 'RangeError', message: 'no seats' })
  })

  test('fails when it is late', async () => {
    const { place } = placed()
    await expect(place.init(['p1', 'desk', 1], 1)).rejects.toMatchObject({ code: 'INIT_FAILED' })
  })

  test('fails with the thread, whether that ends before, meanwhile or together with it', async () => {
    const [before, meanwhile, together] = [placed(), placed(), placed()]
    before.isolate.end()
    const made = [before, meanwhile, together].map(({ place }) =>
      place.init(['p1', 'desk', 1], 1000),
    )
    meanwhile.isolate.end()
    together.isolate.say([0, NO_SEQUENCE, Outcome.Initialised, 1, undefined])
    together.isolate.end()
    for (const each of made) expect(await fate(each)).toMatchObject({ code: 'ISOLATE_EXITED' })
  })
})

describe('a suspend', () => {
  test('has a number of its own, and is seen in the cell before anything is posted', () => {
    const { isolate, place } = placed()
    const first = place.requestSuspend()
    expect(place.cell.state).toBe(CellState.Suspending)
    place.withdrawSuspend()
    const second = place.requestSuspend()
    expect([first === second, place.cell.attempt]).toEqual([false, second])
    expect(isolate.read()).toEqual([{ type: 'go', slot: 0 }])
  })

  test('that is withdrawn lets the thread go on', () => {
    const { isolate, place } = placed()
    place.requestSuspend()
    expect(place.withdrawSuspend()).toBe(true)
    expect(place.cell.state).toBe(CellState.Running)
    expect(isolate.read()).toEqual([{ type: 'go', slot: 0 }])
  })

  test('is not withdrawn where the process has suspended: its state is on the way', () => {
    const { isolate, place } = placed()
    place.requestSuspend()
    expect(place.cell.suspend()).toBe(true)
    expect(place.withdrawSuspend()).toBe(false)
    expect(place.cell.state).toBe(CellState.Suspended)
    expect(isolate.read()).toEqual([])
  })

  test('that came to nothing says whether main has to deliver again', () => {
    const { isolate, place } = placed()
    place.requestSuspend()
    expect(place.rollBack()).toBe(false)
    isolate.read()
    place.requestSuspend()
    place.cell.suspend()
    expect(place.rollBack()).toBe(true)
    expect(isolate.read()).toEqual([{ type: 'roll-back', slot: 0 }])
    expect(place.rollBack()).toBe(false)
  })

  test('is decided by one swap of the cell: whichever side is first, both know the same', () => {
    const { place } = placed()
    for (const isMainFirst of [true, false]) {
      place.requestSuspend()
      const said: Record<string, boolean> = {}
      const main = (): boolean => (said['main'] = place.withdrawSuspend())
      const thread = (): boolean => (said['thread'] = place.cell.suspend())
      for (const side of isMainFirst ? [main, thread] : [thread, main]) side()
      expect(said).toEqual({ main: isMainFirst, thread: !isMainFirst })
      place.rollBack()
    }
  })
})

describe('a process that has entered', () => {
  test('holds until it is released, and is released once', () => {
    const { isolate, place } = placed(undefined, CellState.Entering)
    place.release()
    expect(isolate.read()).toEqual([])
    place.cell.enter(CellState.Entered)
    place.release()
    place.release()
    expect(isolate.read()).toEqual([{ type: 'go', slot: 0 }])
    expect(place.cell.state).toBe(CellState.Running)
  })
})
