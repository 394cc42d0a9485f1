import { createRuntime } from 'moult'
import { setTimeout as delay } from 'node:timers/promises'
import { Books, codeOf } from './books.ts'
import { faultPoint } from './faults.ts'
import type { StressOptions } from './options.ts'
import { Random } from './random.ts'
import { Slot, runSender, runSlot, closeAccount } from './slots.ts'
import { runUpgrades } from './upgrades.ts'
import { World } from './world.ts'

const layout = { alpha: 3, beta: 3 } as const
const SENDERS = 2
/** The processes of one code have threads of their own, those of the other share two. */
const hostings = { alpha: 'per-process', beta: 2 } as const
/** Spares and isolates that a code keeps. */
const BLANK = 1
const MESSAGES_PER_SECOND = 50_000

/** Makes a world: a runtime with two codes, and places for their processes. */
export async function createWorld(options: StressOptions): Promise<World> {
  const books = new Books(Math.min(8_000_000, 200_000 + options.seconds * MESSAGES_PER_SECOND))
  // With a fault point a process that moves alone waits for its release; without, messages follow its state at once.
  const hasFaultPoints = new Random(options.seed, 'fault points').chance(0.5)
  const quiet = () => {}
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const runtime = await createRuntime({
    // A message that is replayed is handled twice, which the ledger takes for a fault.
    probation: false,
    logger,
    warmSpares: BLANK,
    // Handlers that end their thread so wait for its end.
    onUnhandled: 'exit',
    exitGraceMs: 1500,
    ...(hasFaultPoints && { faultPoint }),
  })
  books.listen(runtime)
  const world = new World(options, runtime, books, hasFaultPoints)
  for (const name of ['alpha', 'beta'] as const) {
    const url = new URL(`./fixtures/${name}/v1.ts`, import.meta.url)
    const isolates = hostings[name]
    const code = await runtime.load(url, { name, isolates })
    const slots = Array.from({ length: layout[name] }, (_, at) => new Slot(`${name}-${at}`))
    world.lines.push({ name, code, slots, isShared: isolates !== 'per-process', moves: new Set() })
  }
  return world
}

/** Lets all actors loose until the time is over or something is wrong. */
export async function run(world: World): Promise<void> {
  const { seed, seconds } = world.options
  const random = (actor: string): Random => new Random(seed, actor)
  const actors = world.lines.flatMap((line) => [
    runUpgrades(world, line, random(`upgrades of ${line.name}`), 0.7),
    runUpgrades(world, line, random(`more upgrades of ${line.name}`), 0.05),
    ...line.slots.flatMap((slot) => [
      runSlot(world, line, slot, random(slot.name)),
      ...Array.from({ length: SENDERS }, (_, at) => {
        const name = `${slot.name}/s${at}`
        return runSender(world, slot, name, random(name))
      }),
    ]),
  ])
  const closesUnderFire = random('end').chance(0.4)
  const began = performance.now()
  const isOver = () =>
    performance.now() - began > seconds * 1000 || world.books.violations.length > 0
  while (!isOver()) {
    await delay(100)
    world.books.check()
  }
  if (world.books.violations.length > 0) return
  if (closesUnderFire) await close(world, random('close'))
  world.isEnding = true
  await world.books.watched('the actors', failEarly(world, Promise.all(actors)))
  if (!closesUnderFire && world.books.violations.length === 0) {
    await checkIsolates(world)
    await close(world, random('close'))
  }
  world.books.check()
  if (world.books.violations.length === 0) await closeBooks(world)
}

/** Waits for `work`, but not after a violation: then it may hang. */
async function failEarly(world: World, work: Promise<unknown>): Promise<void> {
  const progress = { isDone: false }
  const done = work.finally(() => (progress.isDone = true))
  done.catch(() => undefined)
  while (!progress.isDone && world.books.violations.length === 0) {
    await Promise.race([done, delay(100)])
    world.books.check()
  }
  if (world.books.violations.length === 0) await done
}

/** With nothing under way there is a thread for each process and each spare, and no other. */
async function checkIsolates({ runtime, books, lines }: World): Promise<void> {
  // A code whose last upgrade met no process keeps the isolate it was checked in, for its next process.
  const most = () => runtime.processes().length + BLANK + lines.length
  const until = performance.now() + 20_000
  while (runtime.isolates > most() && performance.now() < until) await delay(20)
  if (runtime.isolates > most()) {
    books.violate(`${runtime.isolates} threads for ${runtime.processes().length} processes`)
  }
}

async function close(world: World, random: Random): Promise<void> {
  const drain = random.chance(0.7)
  world.isClosing = true
  world.trace('end', () => `close, ${drain ? 'with' : 'without'} drain`)
  try {
    const closed = world.runtime.close({ drain, timeoutMs: 20_000 })
    await failEarly(world, world.books.watched('close()', closed))
    world.books.count('close', 'ok')
  } catch (error) {
    world.conclude('close', 'the runtime', error, codeOf(error), new Set())
  }
  if (world.runtime.isolates > 0 && world.books.violations.length === 0) {
    world.books.violate(`${world.runtime.isolates} threads are left after close()`)
  }
}

async function closeBooks(world: World): Promise<void> {
  for (const instance of world.books.instances) await closeAccount(world, instance)
}
