import type { SpawnOptions } from 'moult'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from './books.ts'
import type { InitArgs } from './fixtures/behaviour.ts'
import type { GraphArgs } from './fixtures/graph.ts'
import { GraphModel } from './graph-model.ts'
import type { Instance } from './instance.ts'
import { planOperation } from './operations.ts'
import type { Random } from './random.ts'
import { Sender } from './sender.ts'
import type { Line, World } from './world.ts'

/** A place where one process lives after the other. */
export class Slot {
  readonly name: string
  current: Instance | undefined

  constructor(name: string) {
    this.name = name
  }
}

/** Spawns, lets live, stops, and begins again, until the world ends. */
export async function runSlot(world: World, line: Line, slot: Slot, random: Random): Promise<void> {
  for (let number = 0; world.goesOn(); number++) {
    const { options, drops, args } = drawSpawn(world, random, `${slot.name}.${number}`)
    const lifeMs = drawLife(world, random)
    const end = drawEnd(random)
    const instance = await spawn(world, line, options, args, drops)
    if (instance === undefined) continue
    slot.current = instance
    const until = performance.now() + lifeMs
    while (world.goesOn() && !instance.hasStopped && performance.now() < until) await delay(10)
    // Who lives at the end is stopped by the end.
    if (!world.goesOn()) return
    await end(world, instance)
    if (slot.current === instance) slot.current = undefined
    await closeAccount(world, instance)
  }
}

function drawLife({ options }: World, random: Random): number {
  if (options.graphs) return random.integer(2_000, 30_000)
  return random.chance(0.2) ? random.integer(0, 60) : random.integer(200, 4000)
}

/** Sends to whoever lives in a slot. */
export async function runSender(
  world: World,
  slot: Slot,
  name: string,
  random: Random,
): Promise<void> {
  const sender = new Sender(world, name)
  while (world.goesOn()) {
    const { name: what, run } = planOperation(random, world.options)
    const restMs = random.chance(0.3) ? random.integer(0, 20) : 0
    const instance = await activation(world, slot)
    if (instance === undefined) return
    world.trace(name, () => `${what} → ${instance.name}`)
    const wasTaken = await run(sender, instance)
    world.books.count(`operation: ${what}`, 'done')
    if (!wasTaken) await delay(5)
    else if (restMs > 0) await delay(restMs)
  }
}

async function activation(world: World, slot: Slot): Promise<Instance | undefined> {
  while (world.goesOn() && slot.current === undefined) await delay(2)
  return slot.current
}

function drawSpawn(world: World, random: Random, name: string) {
  const kind = random.weighted({ free: 8, reject: 2, 'drop-oldest': 1, 'drop-newest': 1 })
  const capacity = random.integer(4, 64)
  const mailbox = kind === 'free' ? {} : { mailbox: { capacity, overflow: kind } }
  const restart = random.weighted({ often: 8, once: 1, never: 1 })
  const args: Omit<InitArgs, 'process'> = {
    ledger: world.books.memory,
    initMs: random.chance(0.3) ? random.integer(1, 30) : 0,
    fails: random.chance(0.02),
    ballast: random.chance(0.2) ? random.integer(0, 2_000_000) : random.integer(0, 1000),
    graph: world.options.graphs || random.chance(0.5) ? drawGraph(random) : undefined,
  }
  const options: SpawnOptions<never> = {
    name,
    ...mailbox,
    restart:
      restart === 'never'
        ? { policy: 'temporary' }
        : { maxRestarts: restart === 'once' ? 1 : 1000, withinMs: 1000 },
  }
  return { options, args, drops: kind.startsWith('drop') }
}

/** The larger ones go ahead of an upgrade. */
function drawGraph(random: Random): GraphArgs {
  return { seed: random.integer(0, 2 ** 31), size: random.pick([10, 300, 1_000, 3_000]) }
}

async function spawn(
  world: World,
  line: Line,
  options: SpawnOptions<never>,
  rest: Omit<InitArgs, 'process'>,
  drops: boolean,
): Promise<Instance | undefined> {
  const { books, runtime } = world
  const name = options.name ?? ''
  const args: InitArgs = { ...rest, process: books.nextProcess() }
  world.trace(name, () => `spawn ${JSON.stringify({ ...options, ...rest, ledger: undefined })}`)
  try {
    const spawned = line.code.spawn({ ...options, args: args as never })
    const ref = await books.watched(`spawn of ${name}`, spawned)
    const version = Number.parseInt(ref.version)
    const instance = books.admit(args.process, name, ref, drops, [version])
    if (rest.graph !== undefined) instance.graph = new GraphModel(rest.graph)
    for (const move of line.moves) {
      instance.beginMove(books.ledger.tick, move.target)
      move.instances.set(instance, { from: version, wasThere: false })
    }
    if (runtime.whereis(name) !== ref) books.violate(`whereis(${name}) is not the process`)
    if (rest.fails) books.violate(`the spawn of ${name} should have failed`)
    books.count('spawn', 'ok')
    return instance
  } catch (error) {
    // In a shared thread a neighbour may have crashed while init was at it.
    const mayFail = rest.fails || (line.isShared && causeOf(error) === 'ISOLATE_EXITED')
    const expected = new Set(mayFail ? ['INIT_FAILED'] : [])
    world.conclude('spawn', name, error, codeOf(error), expected)
    return undefined
  }
}

function causeOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined
}

/** Longer than all that is waiting can take. */
const PATIENCE_MS = 20_000

type End = (world: World, instance: Instance) => Promise<void>

function drawEnd(random: Random): End {
  const kind = random.weighted({ drain: 6, cut: 3, short: 2, twice: 1, spin: 1 })
  const drain = kind === 'cut' ? false : kind === 'spin' ? random.chance(0.5) : true
  const timeoutMs = kind === 'short' ? random.integer(0, 20) : kind === 'spin' ? 100 : PATIENCE_MS
  return async (world, instance) => {
    const { books } = world
    const sender = new Sender(world, `${instance.name}'s end`)
    if (kind === 'spin') {
      instance.wasKilled = true
      void sender.call(instance, 'spin')
    }
    instance.isStopping = true
    const stops = kind === 'twice' ? [0, 1] : [0]
    const what = `stop (${kind})`
    try {
      world.trace(instance.name, () => what)
      const stopped = Promise.all(stops.map(() => instance.ref.stop({ drain, timeoutMs })))
      const began = performance.now()
      await books.watched(`${what} of ${instance.name}`, stopped)
      if (drain && timeoutMs === PATIENCE_MS && performance.now() - began >= timeoutMs) {
        books.violate(`${what} of ${instance.name}: it did not drain within ${timeoutMs} ms`)
      }
      world.books.count(what, 'ok')
    } catch (error) {
      world.conclude(what, instance.name, error, codeOf(error), new Set())
    }
    if (world.runtime.whereis(instance.name) !== undefined) {
      books.violate(`${instance.name} is still registered after its stop`)
    }
  }
}

/** After its stop each call to a process has been settled, or is about to be: then its account is closed. */
export async function closeAccount({ books }: World, instance: Instance): Promise<void> {
  const isOpen = () =>
    instance.notes.some(({ kind, outcome }) => kind === 'call' && outcome === undefined)
  // A few turns of the event loop are enough for rejections to be heard; the watchdog looks after the rest.
  while (isOpen() && books.violations.length === 0) await delay(2)
  if (!isOpen()) books.close(instance)
}
