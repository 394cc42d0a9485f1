// @module-tag once
import { describe, expect, test } from 'vitest'
import { OpenCalls } from '../../../../src/processes/open-calls.ts'
import type { Process } from '../../../../src/processes/process.ts'
import { Rendezvous } from '../../../../src/upgrade/atomic/rendezvous.ts'
import type { HandOver } from '../../../../src/upgrade/hand-over/hand-over.ts'
import { Stalls } from '../../../../src/upgrade/limits/stalls.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

/** Processes that come to stand still when a test says so, and what each has been told. */
class Group {
  readonly pass = stopClock()
  readonly said: string[] = []
  readonly #handOvers: HandOver[]
  readonly #rendezvous: Rendezvous
  readonly #openCalls = new OpenCalls()

  constructor(names: readonly string[], suspendTimeoutMs = 5000, maxStallMs = 100) {
    const stalls = new Stalls({ maxStallMs, suspendMs: () => suspendTimeoutMs })
    this.#handOvers = names.map((label) => {
      return { process: { label }, suspension: { stalls } } as unknown as HandOver
    })
    this.#rendezvous = new Rendezvous(this.#handOvers, this.#openCalls)
    this.#openCalls.watch(this.#rendezvous.review)
  }

  #handOver(name: string): HandOver {
    const handOver = this.#handOvers.find(({ process }) => process.label === name)
    if (handOver === undefined) throw new RangeError(name)
    return handOver
  }

  async arrive(name: string): Promise<void> {
    void this.#rendezvous.arrive(this.#handOver(name)).then((told) => {
      if ('calls' in told) return this.said.push(`${name} ${told.calls.length}`)
      this.said.push(`${name} serves`)
      return told.untilAsked.then(() => this.said.push(`${name} stops`))
    })
    await this.rest()
  }

  async leave(name: string): Promise<void> {
    this.#rendezvous.leave(this.#handOver(name))
    await this.rest()
  }

  /** A handler of the one calls the other. */
  call(from: string, to: string): void {
    const process = (name: string): Process => this.#handOver(name).process
    const call = { from: process(from), to: process(to), name: 'any', outer: undefined }
    this.#openCalls.add({ ...call, answer: Promise.resolve() })
  }

  async wait(ms: number): Promise<void> {
    this.pass(ms)
    await this.rest()
  }

  async rest(): Promise<void> {
    for (let tick = 0; tick < 10; tick++) await Promise.resolve()
  }

  /** What was told since. */
  read(): string[] {
    return this.said.splice(0)
  }
}

test('those that stand still at once go on together', async () => {
  const group = new Group(['a', 'b', 'c'])
  await group.arrive('a')
  await group.wait(99)
  await group.arrive('b')
  expect(group.read()).toEqual([])
  await group.arrive('c')
  expect(group.read()).toEqual(['a 0', 'b 0', 'c 0'])
  await group.wait(10_000)
  expect(group.read()).toEqual([])
})

test('without any limit they wait for each other', async () => {
  const group = new Group(['a', 'b'], Infinity, Infinity)
  await group.arrive('a')
  await group.wait(60_000)
  expect(group.read()).toEqual([])
  await group.arrive('b')
  expect(group.read()).toEqual(['b 0', 'a 0'].sort())
})

describe('where one takes long', () => {
  test('the others serve until it has come', async () => {
    const group = new Group(['a', 'b', 'slow'])
    await group.arrive('a')
    await group.wait(100)
    expect(group.read()).toEqual(['a serves'])
    // There is nothing that it could wait for.
    await group.arrive('b')
    expect(group.read()).toEqual(['b serves'])
    await group.wait(2000)
    await group.arrive('slow')
    expect(group.read()).toEqual(['a stops', 'b stops'])
    await group.arrive('a')
    await group.arrive('b')
    expect(group.read()).toEqual(['slow 0', 'a 0', 'b 0'])
  })

  test('it waits for the others no longer than they have for it', async () => {
    const group = new Group(['a', 'slow'])
    await group.arrive('a')
    await group.wait(100)
    await group.wait(2000)
    await group.arrive('slow')
    await group.wait(100)
    expect(group.read()).toEqual(['a serves', 'a stops', 'slow serves'])
    await group.wait(300)
    await group.arrive('a')
    expect(group.read()).toEqual(['slow stops'])
    await group.arrive('slow')
    expect(group.read()).toEqual(['a 0', 'slow 0'])
  })

  test('all serve for a moment where it has come too soon after', async () => {
    const group = new Group(['a', 'slow'])
    await group.arrive('a')
    await group.wait(100)
    await group.wait(20)
    await group.arrive('slow')
    expect(group.read()).toEqual(['a serves', 'slow serves'])
    await group.wait(80)
    expect(group.read()).toEqual(['a stops', 'slow stops'])
    await group.arrive('slow')
    await group.arrive('a')
    expect(group.read()).toEqual(['slow 0', 'a 0'])
  })

  test('and ends, the others are asked again', async () => {
    const group = new Group(['a', 'slow'])
    await group.arrive('a')
    await group.wait(100)
    await group.wait(100)
    await group.leave('slow')
    expect(group.read()).toEqual(['a serves', 'a stops'])
    await group.arrive('a')
    expect(group.read()).toEqual(['a 0'])
  })
})

test('one that a handler of another waits for answers that, and stands still again', async () => {
  const group = new Group(['a', 'b'])
  await group.arrive('a')
  group.call('b', 'a')
  await group.rest()
  expect(group.read()).toEqual(['a 1'])
})
