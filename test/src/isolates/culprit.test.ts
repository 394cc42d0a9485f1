import { expect, test } from 'vitest'
import { Slots } from '../../../src/isolates/slots.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'

const nothing = (): void => undefined
const listener = { onReplies: nothing, onMessage: nothing, onExit: nothing }

/** Slots of so many processes, of which some have a handler under way. */
function slots(count: number, ...handling: number[]): Slots {
  const made = new Slots()
  made.reserve(count)
  for (let slot = 0; slot < count; slot++) {
    const { cell } = made.activate(listener)
    cell.place(CellState.Running, 5)
    if (handling.includes(slot)) cell.markStarted(6)
  }
  return made
}

test.each([
  ['the process that had the thread', slots(5, 1, 2), 3, 3],
  ['the only one that lived there', slots(1), undefined, 0],
  ['the only one of which a handler was under way', slots(5, 2), undefined, 2],
  ['nobody where several handlers were', slots(5, 1, 2), undefined, undefined],
  ['nobody where none was', slots(5), undefined, undefined],
])('the end of a thread is the doing of %s', (_whose, found, current, culprit) => {
  expect(found.culprit(current)).toBe(culprit)
})
