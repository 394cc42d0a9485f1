import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { command, stressOptions } from './options.ts'
import { createWorld, run } from './run.ts'
import { loopDelay, summary } from './summary.ts'
import type { World } from './world.ts'

const PROGRESS_MS = 3000
/** Kinds of resources that a runtime opens and has to close. */
const watched = new Set(['MessagePort', 'Worker', 'ProcessWrap', 'PipeWrap'])

const options = stressOptions(process.argv.slice(2))
console.log(`seed ${options.seed}; again: ${command(options)}`)
process.on('uncaughtException', (error) => end(`an error that nobody caught: ${error.stack}`))
process.on('unhandledRejection', (reason) => {
  const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
  end(`a rejection that nobody handled: ${text}`)
})

const before = open()
const loop = monitorEventLoopDelay({ resolution: 5 })
const world = await createWorld(options)
loop.enable()
const progress = setInterval(() => console.log(progressOf(world)), PROGRESS_MS)
await run(world)
clearInterval(progress)
loop.disable()
if (world.books.violations.length === 0) await checkLeaks()
console.log(summary(world.books))
console.log(loopDelay(loop))
console.log(`${world.books.messages} messages`)
if (world.books.violations.length > 0) end(world.books.violations.slice(0, 20).join('\n'))
console.log('every guarantee held')
// Nothing ends the process: that nothing keeps it alive is one of the guarantees.
setTimeout(() => end(`the process does not exit: ${open().join(', ')}`), 10_000).unref()

function progressOf({ books, runtime }: World): string {
  const sum = (name: RegExp): number => {
    const rows = [...books.counts].filter(([operation]) => name.test(operation))
    return rows.reduce((total, [, outcomes]) => total + (outcomes.get('ok') ?? 0), 0)
  }
  const crashes = books.counts.get('event crashed')?.get('seen') ?? 0
  return `  ${books.messages} messages, ${sum(/grade of/)} upgrades, ${crashes} crashes, ${sum(/^spawn/)} spawns, ${runtime.isolates} threads`
}

function open(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => watched.has(kind))
}

async function checkLeaks(): Promise<void> {
  const until = performance.now() + 5000
  while (open().length > before.length && performance.now() < until) await delay(20)
  if (open().length > before.length) {
    world.books.violate(
      `left open: ${open().join(', ')} (at first: ${before.join(', ') || 'none'})`,
    )
  }
}

/** Whatever is still under way after a violation may hang, so this does not wait for it. */
function end(violation: string): never {
  process.removeAllListeners('uncaughtException')
  console.error(`\nVIOLATION with seed ${options.seed}\n${violation}\n\nagain: ${command(options)}`)
  process.exit(1)
}
