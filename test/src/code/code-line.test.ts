// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CodeLine } from '../../../src/code/code-line.ts'
import type { VersionState } from '../../../src/code/code-line.ts'
import { Placement } from '../../../src/versions/placement.ts'
import { createVersion } from '../../../src/versions/version.ts'
import type { Version } from '../../../src/versions/version.ts'
import { gate } from '../../support/gate.ts'

function version(label: string, bytes = 'a', place = '/here'): Version {
  const hash = `${label}-${bytes}`
  const entry = `${place}/main.ts`
  const at = { line: 1, column: 1 }
  const sources = [{ path: 'main.ts', hash }]
  const made = { external: [], sources, packages: [], dynamicImports: [], exportedAt: at }
  const manifest = { ...made, hash, entry: 'main.ts', bytes: 1 }
  const image = { manifest, hash, digest: hash, root: place, entry }
  const contract = {
    calls: [],
    casts: [],
    codeChange: {},
    downgrade: {},
    upcasts: [],
    checksPayloads: false,
    concurrency: 1,
  }
  return createVersion(
    { ...image, url: `file://${place}/${hash}.mjs`, exportedAt: { file: entry, ...at } },
    { ...contract, version: label },
    {},
  )
}

/** Labels that would be found on Object.prototype, among plain ones. */
const labels = ['1', '2', '3', '__proto__', 'constructor'] as const
const all = labels.flatMap((label) => [version(label), version(label, 'b')])
const first = all[0]!
/** A line only keeps it. */
const placement = new Placement(undefined as never, 'per-process')

/** What a line should be, kept as plainly as can be. */
interface Model {
  /** The versions that can be addressed, in the order in which they came. */
  known: Version[]
  /** Who claims them, one entry a claim. The line itself claims the first. */
  claims: { readonly version: Version; readonly giveBack: () => void }[]
  /** What was current, the latest last: the last is. */
  history: Version[]
  everCurrent: Set<Version>
  withdrawn: Set<Version>
}

function currentOf({ history }: Model): Version {
  return history.at(-1)!
}

function withoutNeighbours(history: readonly Version[]): Version[] {
  return history.filter((each, index) => each !== history[index - 1])
}

function compare(model: Model, line: CodeLine): void {
  const { known, history, everCurrent, withdrawn } = model
  const current = currentOf(model)
  expect(line.versions).toEqual(known)
  expect(line.current).toBe(current)
  for (const label of labels) {
    const found = known.find(({ contract }) => contract.version === label)
    expect(line.find(label)).toBe(found)
    if (found === undefined) {
      const expected = { code: 'UNKNOWN_VERSION', received: label, codeName: 'shop' }
      expect(() => line.get(label)).toThrow(expect.objectContaining(expected))
    } else expect(line.get(label)).toBe(found)
  }
  for (const each of known) {
    const past: VersionState = everCurrent.has(each) ? 'retired' : 'loaded'
    expect(line.stateOf(each)).toBe(each === current ? 'current' : past)
  }
  expect(line.newest).toBe(known.findLast((each) => !withdrawn.has(each)))
  if (history.length > 1) expect(line.previous).toBe(history.at(-2))
  else expect(() => line.previous).toThrow(expect.objectContaining({ code: 'NO_PREVIOUS_VERSION' }))
}

/** One operation on the line and the same on the model. */
abstract class Step implements fc.Command<Model, CodeLine> {
  readonly at: number

  constructor(at: number) {
    this.at = at
  }

  abstract check(model: Readonly<Model>): boolean
  abstract apply(model: Model, line: CodeLine): void

  run(model: Model, line: CodeLine): void {
    this.apply(model, line)
    compare(model, line)
  }

  toString(): string {
    return `${this.constructor.name}(${this.at})`
  }

  /** The version that is meant, of those that may be. */
  pick<Entry>(entries: readonly Entry[]): Entry {
    return entries[this.at % entries.length]!
  }
}

class Claim extends Step {
  check(): boolean {
    return true
  }

  apply(model: Model, line: CodeLine): void {
    const claimed = this.pick(all)
    const { version: label } = claimed.contract
    const same = model.known.find(({ contract }) => contract.version === label)
    if (same !== undefined && same !== claimed) {
      const expected = { code: 'VERSION_CONFLICT', version: label, file: '/here/main.ts' }
      expect(() => line.claim(claimed)).toThrow(expect.objectContaining(expected))
      return
    }
    if (same === undefined) model.known.push(claimed)
    model.claims.push({ version: claimed, giveBack: line.claim(claimed) })
  }
}

class GiveBack extends Step {
  /** What has become current is never given back. */
  check({ claims }: Model): boolean {
    return claims.length > 0
  }

  apply(model: Model): void {
    const claim = this.pick(model.claims)
    const { version: given } = claim
    const isLast = model.claims.filter((each) => each.version === given).length === 1
    if (isLast && model.everCurrent.has(given)) return
    model.claims = model.claims.filter((each) => each !== claim)
    claim.giveBack()
    if (isLast) model.known = model.known.filter((each) => each !== given)
  }
}

class MakeCurrent extends Step {
  check(): boolean {
    return true
  }

  apply(model: Model, line: CodeLine): void {
    const made = this.pick(model.known)
    line.makeCurrent(made)
    model.history = withoutNeighbours([...model.history, made])
    model.everCurrent.add(made)
    model.withdrawn.delete(made)
  }
}

class StepBack extends Step {
  check(): boolean {
    return true
  }

  apply(model: Model, line: CodeLine): void {
    const older = this.pick(model.known)
    const current = currentOf(model)
    line.stepBack(older)
    if (older === current) return
    const at = model.history.slice(0, -1).lastIndexOf(older)
    const since = at < 0 ? [current] : model.history.slice(at)
    for (const each of since) model.withdrawn.add(each)
    model.withdrawn.delete(older)
    model.everCurrent.add(older)
    model.history = [...model.history.slice(0, at < 0 ? -1 : at), older]
  }
}

class Forget extends Step {
  check({ known }: Model): boolean {
    return known.length > 1
  }

  apply(model: Model, line: CodeLine): void {
    const forgotten = this.pick(model.known.filter((each) => each !== currentOf(model)))
    line.forget(forgotten)
    const others = (versions: Iterable<Version>): Version[] =>
      [...versions].filter((each) => each !== forgotten)
    // Who still claims it has nothing to give back: the label may be another's by then.
    for (const { version: each, giveBack } of model.claims) if (each === forgotten) giveBack()
    model.known = others(model.known)
    model.claims = model.claims.filter((claim) => claim.version !== forgotten)
    model.history = withoutNeighbours(others(model.history))
    model.everCurrent = new Set(others(model.everCurrent))
    model.withdrawn = new Set(others(model.withdrawn))
  }
}

test('a line is what was claimed, made current, taken back and forgotten', () => {
  const kinds = [Claim, GiveBack, MakeCurrent, StepBack, Forget]
  const steps = kinds.map((Kind) => fc.nat(1000).map((at) => new Kind(at)))
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 60 }), (commands) => {
      const setup = (): { model: Model; real: CodeLine } => {
        const history = [first]
        const everCurrent = new Set(history)
        const rest = { history, everCurrent, withdrawn: new Set<Version>() }
        const model = { known: [first], claims: [], ...rest }
        return { model, real: new CodeLine('shop', first, [], placement) }
      }
      fc.modelRun(setup, commands)
    }),
    { numRuns: 1000 },
  )
})

test('a claim that outlived a purge does not give another version’s label back', () => {
  const line = new CodeLine('shop', first, [], placement)
  const giveBack = line.claim(all[2]!)
  line.forget(all[2]!)
  line.claim(all[3]!)
  giveBack()
  expect(line.find('2')).toBe(all[3])
})

test('a roll back goes further back each time, also after a downgrade', () => {
  const line = new CodeLine('shop', version('1'), [], placement)
  const one = line.current
  const [two, three] = [version('2'), version('3')]
  for (const each of [two, three]) {
    line.claim(each)
    line.makeCurrent(each)
  }
  line.stepBack(two)
  expect([line.previous, line.newest]).toEqual([one, two])
  line.stepBack(one)
  expect(line.newest).toBe(one)
  expect(() => line.previous).toThrow(expect.objectContaining({ code: 'NO_PREVIOUS_VERSION' }))
  line.makeCurrent(three)
  expect([line.previous, line.newest]).toEqual([one, three])
})

test('the same bytes from elsewhere are the version that is there', () => {
  const line = new CodeLine('shop', first, [], placement)
  const copy = version('1', 'a', '/elsewhere')
  expect(line.own(copy)).toBe(first)
  line.claim(copy)()
  expect(line.versions).toEqual([first])
  const other = version('1', 'b')
  expect(line.own(other)).toBe(other)
})

test('an unknown label is refused with those that are known, also where Object.prototype has it', () => {
  const line = new CodeLine('shop', first, [], placement)
  line.claim(all[2]!)
  expect(() => line.get('constructor')).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_VERSION', expected: 'one of 1, 2' }),
  )
})

test('what is shared goes on together, what is exclusive goes on alone, and nothing is stuck', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ isAlone: fc.boolean(), fails: fc.boolean() }), { maxLength: 8 }),
      async (scheduler, wishes) => {
        const line = new CodeLine('shop', first, [], placement)
        const running = { shared: 0, alone: 0 }
        const ended = wishes.map(({ isAlone, fails }, index) => {
          const kind = isAlone ? 'alone' : 'shared'
          const work = async (): Promise<number> => {
            running[kind]++
            expect(running.alone).toBeLessThanOrEqual(1)
            expect(running.alone === 0 || running.shared === 0).toBe(true)
            await scheduler.schedule(Promise.resolve(), `${kind} ${index}`)
            running[kind]--
            if (fails) throw new RangeError(String(index))
            return index
          }
          return isAlone ? line.exclusive(work) : line.shared(work)
        })
        const settled = Promise.allSettled(ended)
        await scheduler.waitFor(settled)
        let isTaken = false
        for (const [index, result] of (await settled).entries()) {
          const { isAlone, fails } = wishes[index]!
          // Of those that were asked for in one breath only one may be alone.
          const isRefused = isAlone && isTaken
          isTaken ||= isAlone
          if (isRefused) {
            expect(result).toMatchObject({ reason: { code: 'UPGRADE_IN_PROGRESS' } })
          } else if (fails) {
            expect(result).toMatchObject({ reason: new RangeError(String(index)) })
          } else expect(result).toEqual({ status: 'fulfilled', value: index })
        }
        // Whatever came of it, the next one may go.
        expect(await line.exclusive(() => Promise.resolve('alone'))).toBe('alone')
        expect(await line.shared(() => Promise.resolve('shared'))).toBe('shared')
      },
    ),
    { numRuns: 300 },
  )
})

test('what is alone begins when the last that was shared has ended, and what comes then waits for it', async () => {
  const line = new CodeLine('shop', first, [], placement)
  const [one, two] = [gate(), gate()]
  const events: string[] = []
  const shared = line.shared(async () => {
    await one.opened
    events.push('shared')
  })
  const alone = line.exclusive(async () => {
    events.push('alone')
    await two.opened
  })
  const later = line.shared(() => Promise.resolve(events.push('later')))
  one.open()
  await shared
  two.open()
  await Promise.all([alone, later])
  expect(events).toEqual(['shared', 'alone', 'later'])
})
