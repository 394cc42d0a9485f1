import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { removeFolders } from './folders.ts'

/** Kinds of resources that a runtime opens and has to close. */
const watched = ['MessagePort', 'Worker', 'Timeout', 'ProcessWrap', 'PipeWrap']

/** How long (ms) handles may take to close after `close()`: on a busy machine a child process ends late. */
const PATIENCE_MS = 20_000

function count(): Map<string, number> {
  const open = process.getActiveResourcesInfo()
  return new Map(watched.map((kind) => [kind, open.filter((each) => each === kind).length]))
}

let before = new Map<string, number>()

/** Kinds of which there are more than at the beginning. */
function leaked(): string[] {
  const now = count()
  return watched.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0))
}

beforeAll(() => {
  before = count()
})

/** A thread, port, timer or child process that outlives a test file's runtimes fails the run. */
afterAll(async () => {
  const deadline = performance.now() + PATIENCE_MS
  // Turns of the event loop and no timer, which would itself be counted.
  while (leaked().length > 0 && performance.now() < deadline) await turn()
  expect(leaked()).toEqual([])
}, 2 * PATIENCE_MS)

afterAll(removeFolders)
