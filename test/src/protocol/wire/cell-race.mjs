import { parentPort } from 'node:worker_threads'
// A thread cannot import TypeScript on Node 20: this is the built file, made by the global set-up.
import { ProgressCell, CellState } from '../../../../dist/src/protocol/wire/progress.js'

/** The isolate's side of a race: one attempt a round, started by main. */
parentPort.on('message', ({ cells, rounds, results, count, move }) => {
  const cell = new ProgressCell(new Int32Array(cells), 0)
  const round = new Int32Array(rounds)
  const result = new Int32Array(results)
  for (let at = 0; at < count; at++) {
    while (Atomics.load(round, 0) <= at);
    const won = move === 'suspend' ? cell.suspend() : cell.enter(CellState.Running)
    result[at] = Number(won)
    Atomics.store(round, 1, at + 1)
  }
  parentPort.close()
})

// Main spins while it races, so it waits until this thread needs nothing of it any more.
parentPort.postMessage('ready')
