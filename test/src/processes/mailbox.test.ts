// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Mailbox } from '../../../src/processes/mailbox.ts'

class Entry {
  readonly id: number
  arrival = -1
  isFinished = false
  readonly needsNoRoom = false

  constructor(id: number) {
    this.id = id
  }
}

/** What a mailbox should be: two plain arrays, and every sequence number that was ever given out. */
interface Model {
  nextId: number
  head: number
  inFlight: Entry[]
  /** In flight, too: finished ones behind them have left. */
  overtaken: Map<number, Entry>
  waiting: Entry[]
  used: Set<number>
}

type Box = Mailbox<Entry>

/** After each step the mailbox says what the model says. */
function compare(model: Model, box: Box): void {
  const { head, inFlight, overtaken, waiting } = model
  expect([box.head, box.next]).toEqual([head, head + inFlight.length])
  expect([box.inFlight, box.waiting, box.size]).toEqual([
    inFlight.length,
    waiting.length,
    inFlight.length + overtaken.size + waiting.length,
  ])
  expect(box.peek()).toBe(waiting[0])
  inFlight.forEach((entry, index) => expect(box.get(head + index)).toBe(entry))
  expect(box.get(head - 1)).toBe(overtaken.get(head - 1))
  const flying = [...overtaken, ...inFlight.map((entry, index) => [head + index, entry] as const)]
  expect([...box.flying()]).toEqual(flying)
  const unfinished = flying.filter(([, { isFinished }]) => !isFinished)
  expect(box.isHandledAtOnce).toBe(unfinished.length < AT_ONCE)
  expect(box.get(box.next)).toBe(undefined)
  expect(box.arrivals).toBe(model.nextId)
  expect(box.oldest).toBe([...inFlight, ...waiting][0]?.id ?? model.nextId)
}

abstract class Step implements fc.Command<Model, Box> {
  abstract apply(model: Model, box: Box): void

  check(model: Readonly<Model>): boolean {
    return model.nextId >= 0
  }

  run(model: Model, box: Box): void {
    this.apply(model, box)
    compare(model, box)
  }

  toString(): string {
    return this.constructor.name
  }
}

class Push extends Step {
  apply(model: Model, box: Box): void {
    const entry = new Entry(model.nextId++)
    model.waiting.push(entry)
    box.admit(entry)
  }
}

class Launch extends Step {
  override check(model: Readonly<Model>): boolean {
    return model.waiting.length > 0
  }

  apply(model: Model, box: Box): void {
    const expected = model.head + model.inFlight.length
    const sequence = box.launch()
    expect(sequence).toBe(expected)
    expect(model.used.has(sequence)).toBe(false)
    model.used.add(sequence)
    model.inFlight.push(model.waiting.shift()!)
  }
}

class LaunchNothing extends Step {
  override check(model: Readonly<Model>): boolean {
    return model.waiting.length === 0
  }

  apply(_model: Model, box: Box): void {
    expect(() => box.launch()).toThrow(RangeError)
  }
}

/** One in flight finishes, whichever: replies may come out of order. */
class Finish extends Step {
  readonly #at: number

  constructor(at: number) {
    super()
    this.#at = at
  }

  override check(model: Readonly<Model>): boolean {
    return model.inFlight.length > 0
  }

  apply({ inFlight }: Model): void {
    inFlight[this.#at % inFlight.length]!.isFinished = true
  }
}

function trim(model: Model): void {
  while (model.inFlight[0]?.isFinished === true) {
    model.inFlight.shift()
    model.head++
  }
  for (const [sequence, { isFinished }] of model.overtaken)
    if (isFinished) model.overtaken.delete(sequence)
}

class Trim extends Step {
  apply(model: Model, box: Box): void {
    trim(model)
    box.trim()
  }
}

/** How many are handled at once. */
const AT_ONCE = 3

class Overtake extends Step {
  apply(model: Model, box: Box): void {
    let hasPassed = false
    const first = (): number => model.inFlight.findIndex(({ isFinished }) => isFinished)
    for (let at = first(); at > 0 && at <= AT_ONCE; at = first()) {
      hasPassed = true
      for (const entry of model.inFlight.splice(0, at)) model.overtaken.set(model.head++, entry)
      trim(model)
    }
    expect(box.overtake()).toBe(hasPassed)
  }
}

function unfinished({ overtaken, inFlight, waiting }: Model): Entry[] {
  const flying = [...overtaken.values(), ...inFlight]
  return [...flying.filter((entry) => !entry.isFinished), ...waiting]
}

class Rewind extends Step {
  apply(model: Model, box: Box): void {
    model.head += model.inFlight.length
    model.waiting = unfinished(model)
    model.inFlight = []
    model.overtaken.clear()
    box.rewind()
  }
}

class Drop extends Step {
  apply(model: Model, box: Box): void {
    expect(box.drop()).toBe(model.waiting.shift())
  }
}

class Clear extends Step {
  apply(model: Model, box: Box): void {
    const left = unfinished(model)
    model.head += model.inFlight.length
    model.inFlight = []
    model.overtaken.clear()
    model.waiting = []
    const cleared = box.clear()
    expect(cleared).toEqual(left)
    // Each entry once, oldest first.
    const ids = cleared.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
  }
}

/** A part of what is there, from wherever to wherever. */
class Slice extends Step {
  readonly #from: number
  readonly #count: number

  constructor(from: number, count: number) {
    super()
    this.#from = from
    this.#count = count
  }

  apply({ inFlight, waiting }: Model, box: Box): void {
    const from = box.oldest + this.#from
    const expected = [...inFlight, ...waiting].filter(({ id, isFinished }) => {
      return !isFinished && id >= from && id < from + this.#count
    })
    expect(box.slice(from, this.#count)).toEqual(expected)
  }
}

test('a mailbox keeps order, loses nothing and never uses a sequence number twice', () => {
  const steps = fc.commands(
    [
      fc.constant(new Push()),
      fc.constant(new Push()),
      fc.constant(new Launch()),
      fc.constant(new Launch()),
      fc.constant(new LaunchNothing()),
      fc.nat(50).map((at) => new Finish(at)),
      fc.constant(new Trim()),
      fc.constant(new Overtake()),
      fc.constant(new Rewind()),
      fc.constant(new Drop()),
      fc.constant(new Clear()),
      fc
        .tuple(fc.integer({ min: -10, max: 60 }), fc.nat(60))
        .map(([from, count]) => new Slice(from, count)),
    ],
    { size: 'large', maxCommands: 300 },
  )
  const setUp = (): { model: Model; real: Box } => ({
    model: {
      nextId: 0,
      head: 0,
      inFlight: [],
      overtaken: new Map(),
      waiting: [],
      used: new Set(),
    },
    real: Object.assign(new Mailbox<Entry>(), { handledAtOnce: AT_ONCE }),
  })
  fc.assert(
    fc.property(steps, (commands) => fc.modelRun(setUp, commands)),
    { numRuns: 150 },
  )
})

test('whatever happens in between, what was pushed comes out in order', () => {
  const actions = fc.array(fc.constantFrom('launch', 'finish', 'trim', 'rewind'), { size: 'large' })
  fc.assert(
    fc.property(fc.nat(200), actions, (count, what) => {
      const box = new Mailbox<Entry>()
      const entries = Array.from({ length: count }, (_none, id) => new Entry(id))
      for (const entry of entries) box.admit(entry)
      for (const action of what) {
        if (action === 'launch' && box.waiting > 0) box.launch()
        if (action === 'trim') box.trim()
        if (action === 'rewind') box.rewind()
        const oldest = box.get(box.head)
        if (action === 'finish' && oldest !== undefined) oldest.isFinished = true
      }
      expect(box.clear()).toEqual(entries.filter((entry) => !entry.isFinished))
      expect(box.size).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('a negative sequence number is no position from the end', () => {
  const box = new Mailbox<Entry>()
  box.admit(new Entry(0))
  box.launch()
  expect([box.get(-1), box.get(-100)]).toEqual([undefined, undefined])
})

test('whoever goes through a mailbox slice by slice misses nothing that stays, whatever happens in between', () => {
  const actions = fc.array(fc.constantFrom('launch', 'finish', 'trim', 'rewind', 'drop', 'push'), {
    size: 'large',
  })
  fc.assert(
    fc.property(fc.nat(100), actions, fc.integer({ min: 1, max: 20 }), (count, what, size) => {
      const box = new Mailbox<Entry>()
      const entries = Array.from({ length: count }, (_none, id) => new Entry(id))
      for (const entry of entries) box.admit(entry)
      const [seen, left] = [new Set<Entry>(), new Set(entries)]
      const steps = [...what]
      for (let at = box.oldest; at < count; at += size) {
        for (const entry of box.slice(at, Math.min(size, count - at))) seen.add(entry)
        for (const action of steps.splice(0, 7)) act(box, action, left)
      }
      for (const entry of seen) expect(entry.id).toBeLessThan(count)
      expect([...left].filter((entry) => entry.id < count && !seen.has(entry))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

function act(box: Box, action: string, left: Set<Entry>): void {
  if (action === 'launch' && box.waiting > 0) box.launch()
  if (action === 'trim') box.trim()
  if (action === 'rewind') box.rewind()
  if (action === 'push') box.admit(new Entry(1_000))
  if (action === 'drop') left.delete(box.drop()!)
  // The youngest in flight: it is in the middle of all.
  const last = box.get(box.next - 1)
  if (action !== 'finish' || last === undefined) return
  last.isFinished = true
  left.delete(last)
}
