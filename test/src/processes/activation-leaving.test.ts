// @module-tag once
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Control, NO_SEQUENCE, Outcome } from '../../../src/protocol/wire/messages.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import { fate, placed, say } from './placed.ts'

describe('what the thread says', () => {
  test('is told reply by reply, then as a whole', () => {
    const { isolate, process } = placed()
    isolate.tell(0, 4, Outcome.Reply, 'a', 'b')
    expect(process.log).toEqual([[4, 'a'], [5, 'b'], 'batch'])
  })

  test('of one process is not told to another', () => {
    const isolate = new MemoryIsolate()
    const [one, other] = [placed(isolate), placed(isolate)]
    expect([one.place.slot, other.place.slot]).toEqual([0, 1])
    isolate.tell(1, 0, Outcome.Reply, 'a')
    expect([one.process.log, other.process.log]).toEqual([[], [[0, 'a'], 'batch']])
    say(isolate, { type: 'upgrade-self', slot: 0 })
    expect([one.place.wantsUpgrade, other.place.wantsUpgrade]).toEqual([true, false])
  })

  test('reaches main though the thread ends right behind it', () => {
    const { isolate, process } = placed()
    isolate.say([0, 0, Outcome.Reply, 1, 'last'])
    isolate.end(3)
    expect(process.log).toEqual([[0, 'last'], 'batch'])
    expect(process.exits).toMatchObject([{ exitCode: 3 }])
  })

  test('is told to a process that comes when the thread has ended: its end', async () => {
    const isolate = new MemoryIsolate()
    isolate.end()
    const { process } = placed(isolate)
    await turn()
    expect(process.exits).toHaveLength(1)
  })
})

describe('a handler that asked for a newer version', () => {
  test('stays where main says so, and what was held back follows', () => {
    const { isolate, place, process } = placed()
    say(isolate, { type: 'upgrade-self', slot: 0 })
    expect([place.wantsUpgrade, process.log]).toEqual([true, ['upgrade-self']])
    place.stay()
    expect([place.wantsUpgrade, process.log]).toEqual([false, ['upgrade-self', 'batch']])
    expect(isolate.read()).toEqual([{ type: 'stay', slot: 0 }])
  })

  test('is told nothing where the process has left or the thread has ended', async () => {
    const shared = new MemoryIsolate()
    const [left, lost] = [placed(shared), placed()]
    placed(shared)
    left.place.leaveBehind(1000, () => undefined)
    await Promise.resolve()
    shared.read()
    lost.isolate.end()
    for (const { place } of [left, lost]) place.stay()
    expect(shared.read()).toEqual([])
    expect(left.process.log).toEqual([])
  })
})

describe('leaving', () => {
  test('a thread where others live is an deactivation, and the slot is free when that is done', async () => {
    const isolate = new MemoryIsolate()
    const [one, other] = [placed(isolate), placed(isolate)]
    const gone = one.place.deactivate(1000)
    await Promise.resolve()
    expect(isolate.read()).toMatchObject([{ slot: 0, kind: Control.Deactivate }])
    expect(await fate(gone)).toBe('open')
    isolate.tell(0, NO_SEQUENCE, Outcome.Deactivated, undefined)
    expect(await fate(gone)).toBe('kept')
    expect([isolate.slots.occupied, isolate.isLeaving]).toEqual([1, false])
    expect(placed(isolate).place.slot).toBe(0)
    expect(other.process.exits).toEqual([])
  })

  test('a thread where nobody else lives ends it', async () => {
    const { isolate, place, process } = placed()
    await place.deactivate(1000)
    expect(isolate.isLeaving).toBe(true)
    expect(process.exits).toMatchObject([{ exitCode: 0 }])
  })

  test('with a handler that goes on leaves that alone: the slot is free only when it has ended', async () => {
    const isolate = new MemoryIsolate()
    const [one] = [placed(isolate), placed(isolate)]
    await one.place.deactivate(1)
    expect(isolate.slots.occupied).toBe(1)
    expect(placed(isolate).place.slot).toBe(2)
    isolate.tell(0, NO_SEQUENCE, Outcome.Deactivated, undefined)
    expect(isolate.slots.occupied).toBe(2)
    expect(placed(isolate).place.slot).toBe(0)
  })

  test('with a handler that holds the thread ends that, with all who live there', async () => {
    const isolate = new MemoryIsolate()
    const [one, other] = [placed(isolate), placed(isolate)]
    isolate.isHeld = true
    await one.place.deactivate(1)
    expect(other.process.exits).toHaveLength(1)
  })

  test('says nothing more: what comes behind would be taken for another’s', async () => {
    const isolate = new MemoryIsolate()
    const [{ place }] = [placed(isolate), placed(isolate)]
    place.leaveBehind(1000, () => undefined)
    await Promise.resolve()
    isolate.read()
    place.forget(3, new Error('late'), true)
    place.withdrawSuspend()
    place.release()
    expect(isolate.read()).toEqual([])
    expect(place.hasLeft).toBe(true)
    expect(() => place.checkHere()).toThrow(expect.objectContaining({ code: 'PROCESS_BUSY' }))
  })

  test.each(['is done', 'is cut short by the end of the thread'])(
    'by the way is told once when it %s',
    async (how) => {
      const isolate = new MemoryIsolate()
      const [{ place }] = [placed(isolate), placed(isolate)]
      let told = 0
      place.leaveBehind(1000, () => told++)
      expect(told).toBe(0)
      if (how === 'is done') isolate.tell(0, NO_SEQUENCE, Outcome.Deactivated, undefined)
      isolate.end()
      await turn()
      expect(told).toBe(1)
    },
  )
})
