import { describe, expect, test } from 'vitest'
import { MoultError } from '../../../src/protocol/errors.ts'
import { Control, NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import type { HandedOver } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { packState } from '../../../workers/state/state-bytes.ts'
import { fate, placed, say } from './placed.ts'

const migration = { from: '1', to: '2', by: 'unchanged', extra: undefined } as const

function handedOver(attempt: number): HandedOver {
  const times = { stoppedAt: 0, serialiseMs: 0, recordsLeft: 0 }
  return { type: 'handed-over', slot: 0, attempt, ...times, ...packState({ count: attempt }) }
}

describe('the making of a first state', () => {
  test('is asked for in order, and ends when the thread says so', async () => {
    const { isolate, place } = placed()
    const made = place.init('p1', 'desk', { seats: 2 }, 1000)
    await Promise.resolve()
    expect(isolate.read()).toEqual([
      { slot: 0, sequence: NO_SEQUENCE, kind: Control.Init, value: ['p1', 'desk', { seats: 2 }] },
    ])
    isolate.tell(0, NO_SEQUENCE, Outcome.Initialised, undefined)
    expect(await fate(made)).toBe('kept')
  })

  test('fails with what init threw', async () => {
    const { isolate, place } = placed()
    const made = place.init('p1', 'desk', 1, 1000)
    const thrown = encodeThrown(new RangeError('no seats'))
    isolate.tell(0, NO_SEQUENCE, Outcome.NotInitialised, thrown)
    expect(await fate(made)).toMatchObject({ name: 'RangeError', message: 'no seats' })
  })

  test('fails when it is late', async () => {
    const { place } = placed()
    await expect(place.init('p1', 'desk', 1, 1)).rejects.toMatchObject({ code: 'INIT_FAILED' })
  })

  test('fails with the thread, whether that ends before, meanwhile or together with it', async () => {
    const [before, meanwhile, together] = [placed(), placed(), placed()]
    before.isolate.end()
    const made = [before, meanwhile, together].map(({ place }) => place.init('p1', 'desk', 1, 1000))
    meanwhile.isolate.end()
    together.isolate.say([0, NO_SEQUENCE, Outcome.Initialised, 1, undefined])
    together.isolate.end()
    for (const each of made) expect(await fate(each)).toMatchObject({ code: 'ISOLATE_EXITED' })
  })
})

describe('a suspend', () => {
  test('asks for the state, and ends with it', async () => {
    const { isolate, place } = placed()
    const state = place.suspend(migration)
    await Promise.resolve()
    expect(isolate.read()).toMatchObject([{ type: 'suspend', slot: 0, attempt: 1, migration }])
    expect(place.cell.state).toBe(CellState.Suspending)
    expect(await fate(state)).toBe('open')
    say(isolate, handedOver(1))
    expect(await state).toMatchObject({ attempt: 1 })
  })

  test('that is withdrawn tells who waits why, and lets the thread go on', async () => {
    const { isolate, place } = placed()
    const state = place.suspend(migration)
    await Promise.resolve()
    isolate.read()
    const reason = new MoultError('SUSPEND_TIMEOUT', 'late')
    expect(place.withdrawSuspend(reason)).toBe(true)
    expect(await fate(state)).toBe(reason)
    expect(isolate.read()).toEqual([{ type: 'go', slot: 0 }])
  })

  test('is not withdrawn where the process has suspended: its state is on the way', async () => {
    const { isolate, place } = placed()
    const state = place.suspend(migration)
    expect(place.cell.suspend()).toBe(true)
    expect(place.withdrawSuspend(new MoultError('SUSPEND_TIMEOUT', 'late'))).toBe(false)
    expect(await fate(state)).toBe('open')
    say(isolate, handedOver(1))
    expect(await fate(state)).toBe('kept')
  })

  test('takes no state for its own that was given for another attempt', async () => {
    const { isolate, place } = placed()
    const first = place.suspend(migration)
    place.withdrawSuspend(new MoultError('SUSPEND_TIMEOUT', 'late'))
    expect(await fate(first)).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    const second = place.suspend(migration)
    say(isolate, handedOver(1))
    const error = encodeThrown(new Error('no data'))
    say(isolate, { type: 'not-handed-over', slot: 0, attempt: 1, error })
    expect(await fate(second)).toBe('open')
    say(isolate, handedOver(2))
    expect(await second).toMatchObject({ attempt: 2 })
  })

  test('fails with what the thread says, and with the thread', async () => {
    const { isolate, place } = placed()
    const refused = place.suspend(migration)
    const error = encodeThrown(new RangeError('no data'))
    say(isolate, { type: 'not-handed-over', slot: 0, attempt: 1, error })
    expect(await fate(refused)).toMatchObject({ message: 'no data' })
    const lost = place.suspend(migration)
    isolate.end()
    expect(await fate(lost)).toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(await fate(place.suspend(migration))).toMatchObject({ code: 'ISOLATE_EXITED' })
  })

  test('that came to nothing says whether main has to deliver again', () => {
    const { isolate, place } = placed()
    void place.suspend(migration)
    expect(place.resume()).toBe(false)
    isolate.read()
    void place.suspend(migration)
    place.cell.suspend()
    expect(place.resume()).toBe(true)
    expect(isolate.read()).toMatchObject([{ type: 'suspend' }, { type: 'resume', slot: 0 }])
    expect(place.resume()).toBe(false)
  })

  test('is decided by one swap of the cell: whichever side is first, both know the same', () => {
    const { place } = placed()
    for (const isMainFirst of [true, false]) {
      void place.suspend(migration)
      const said: Record<string, boolean> = {}
      const main = (): boolean => (said['main'] = place.withdrawSuspend())
      const thread = (): boolean => (said['thread'] = place.cell.suspend())
      for (const side of isMainFirst ? [main, thread] : [thread, main]) side()
      expect(said).toEqual({ main: isMainFirst, thread: !isMainFirst })
      place.resume()
    }
  })
})

describe('a state that is handed to a place', () => {
  const message = (hold = false) => {
    const who = { id: 'p1', name: 'desk', migration, verify: true, hold }
    return { ...packState({ count: 1 }), ...who }
  }

  test('goes before what is delivered behind it, and the thread says when it is there', async () => {
    const { isolate, place } = placed(undefined, CellState.Entering)
    const entered = place.enter(message())
    isolate.deliver(0, 0, 1, 'behind')
    await Promise.resolve()
    expect(isolate.read()).toMatchObject([
      { type: 'enter', slot: 0, id: 'p1' },
      { value: 'behind' },
    ])
    const times = { readyAt: 1, deserialiseMs: 1, codeChangeMs: 1, verifyMs: 1 }
    say(isolate, { type: 'entered', slot: 0, ...times })
    expect(await entered).toMatchObject(times)
  })

  test('may be refused, or lost with the thread', async () => {
    const { isolate, place } = placed(undefined, CellState.Entering)
    const refused = place.enter(message())
    say(isolate, { type: 'not-entered', slot: 0, error: encodeThrown(new Error('no')) })
    expect(await fate(refused)).toMatchObject({ message: 'no' })
    const lost = place.enter(message())
    isolate.end()
    expect(await fate(lost)).toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(await fate(place.enter(message()))).toMatchObject({ code: 'ISOLATE_EXITED' })
  })

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
