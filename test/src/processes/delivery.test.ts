// @module-tag once
import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'vitest'
import { DeliveryWorld } from './delivery-world.ts'

/** What may happen, in any order. What cannot happen where it stands is left out. */
const steps: Readonly<Record<string, (world: DeliveryWorld, number: number) => unknown>> = {
  quick: (world, number) => world.send('quick', 1 + (number % 4)),
  slow: (world) => world.send('slow', 1),
  fail: (world) => world.send('fail', 1),
  note: (world, number) => world.send('note', 1 + (number % 4)),
  linger: (world) => world.send('linger', 1),
  'move a buffer': (world) => world.sendMoved('quick'),
  'move a buffer slowly': (world) => world.sendMoved('slow'),
  abort: (world, number) => world.abort(number),
  'threads read a little': (world, number) => world.run(1 + (number % 3)),
  'threads read': (world) => world.run(),
  'main reads a little': (world) => world.arrive(1),
  'main reads': (world) => world.arrive(),
  finish: (world) => world.finish(),
  live: (world) => world.live(),
  suspend: (world) => world.suspend(),
  move: (world, number) => world.move(number % 2 === 0),
  stay: (world) => world.conclude(false),
  'roll back': (world) => world.conclude(true),
  kill: (world, number) => world.kill(number),
}

/** What by chance alone would seldom come together. */
const often: typeof steps = {
  'all read': exchange,
  'stand still': async (world) => {
    world.suspend()
    await exchange(world)
  },
  'be in the middle': (world) => {
    world.send('slow', 1)
    world.run()
  },
  'be on the way': async (world, number) => {
    world.suspend()
    await exchange(world)
    world.move(number % 2 === 0)
  },
  'come to a life': async (world) => {
    world.live()
    await exchange(world)
  },
}

async function exchange(world: DeliveryWorld): Promise<void> {
  world.run()
  await world.finish()
  world.arrive()
  await turn()
}

const all = { ...steps, ...often }
/** A lost thread ends so much that most steps should be something else. */
const names = Object.keys(all).flatMap((name) => (name === 'kill' ? [name] : [name, name]))

test('each message ends once, in the order in which it was accepted, and none is lost, whatever comes between', async () => {
  const what = fc.record({ name: fc.constantFrom(...names), number: fc.nat(11) })
  const plan = fc.array(what, { maxLength: 80, size: 'max' })
  // Where it fails, the message says the seed and the path with which it fails again.
  await fc.assert(
    fc.asyncProperty(plan, fc.constantFrom(1, 1, 3), async (whatHappens, concurrency) => {
      const world = new DeliveryWorld(concurrency)
      world.live()
      for (const { name, number } of whatHappens) {
        await all[name]?.(world, number)
        // What a port or a thread's exit brings comes behind all that the step before has set off.
        await turn()
      }
      await world.settle()
      world.check()
    }),
    { numRuns: 100 },
  )
})
