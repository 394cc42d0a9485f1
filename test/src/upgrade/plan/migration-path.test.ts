// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findPath, isPath } from '../../../../src/upgrade/plan/migration-path.ts'
import type {
  Gap,
  PlannedVersion,
  MigrationPath,
  PathRequest,
} from '../../../../src/upgrade/plan/migration-path.ts'
import { version } from './planned-version.ts'
import type { Step } from './planned-version.ts'

/** Labels that would be found on Object.prototype, among plain ones. */
const labels = ['1', '2', '3', '4', '__proto__', 'constructor', 'toString'] as const

const label = fc.constantFrom(...labels)
const steps = fc.uniqueArray(fc.tuple(label, fc.constantFrom<Step>('function', 'unchanged')), {
  maxLength: 3,
  selector: ([from]) => from,
})
const versions: fc.Arbitrary<PlannedVersion[]> = fc
  .uniqueArray(fc.tuple(label, steps, steps), { minLength: 2, selector: ([each]) => each })
  .map((all) => all.map((each) => version(...each)))

/** Both ends are two of the versions, in any order; whether they are among those that are known is left open. */
const request: fc.Arbitrary<PathRequest> = versions.chain((all) =>
  fc
    .record({
      ends: fc.shuffledSubarray(all, { minLength: 2, maxLength: 2 }),
      unknown: fc.subarray(all, { maxLength: 2 }),
      direction: fc.constantFrom<'upgrade' | 'downgrade'>('upgrade', 'downgrade'),
      extra: fc.jsonValue(),
    })
    .map(({ ends, unknown, direction, extra }) => {
      const [from, target] = ends as [PlannedVersion, PlannedVersion]
      return {
        from,
        target,
        known: all.filter((each) => !unknown.includes(each)),
        direction,
        extra,
      }
    }),
)

/** The steps between versions as plain matrices, worked out a second time and differently. */
interface Graph {
  /** Labels in the order in which they were loaded. */
  readonly order: readonly string[]
  /** How many steps lead from one to another, at least; Infinity when none do. */
  readonly distance: (from: string, to: string) => number
  /** The same over steps that are 'unchanged'. */
  readonly unchanged: (from: string, to: string) => number
  readonly step: (from: string, to: string) => Step | undefined
}

function graphOf({ from, target, known, direction }: PathRequest): Graph {
  const all = new Map([...known, from, target].map((each) => [each.contract.version, each]))
  const order = [...all.keys()]
  const step = (a: string, b: string): Step | undefined => {
    const [newer, other] = direction === 'upgrade' ? [b, a] : [a, b]
    const { codeChange = {}, downgrade = {} } = all.get(newer)?.contract ?? {}
    const [there, back] =
      direction === 'upgrade' ? [codeChange, downgrade] : [downgrade, codeChange]
    const found = new Map(Object.entries(there)).get(other)
    if (found !== undefined) return found
    return new Map(Object.entries(back)).get(other) === 'unchanged' ? 'unchanged' : undefined
  }
  const isAny = (a: string, b: string): boolean => step(a, b) !== undefined
  const isUnchanged = (a: string, b: string): boolean => step(a, b) === 'unchanged'
  return { order, step, distance: shortest(order, isAny), unchanged: shortest(order, isUnchanged) }
}

/** Floyd and Warshall's algorithm. */
function shortest(
  order: readonly string[],
  isStep: (from: string, to: string) => boolean,
): Graph['distance'] {
  const size = order.length
  const matrix = order.map((a, row) =>
    order.map((b, column) => (row === column ? 0 : isStep(a, b) ? 1 : Infinity)),
  )
  const at = (row: number, column: number): number => matrix[row]?.[column] ?? Infinity
  for (let over = 0; over < size; over++) {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const around = at(row, over) + at(over, column)
        if (around < at(row, column)) matrix[row]![column] = around
      }
    }
  }
  return (a, b) => at(order.indexOf(a), order.indexOf(b))
}

/** Every shortest way, by trying all of them. */
function allShortest(from: string, to: string, graph: Graph): string[][] {
  if (from === to) return [[to]]
  return graph.order
    .filter((next) => graph.step(from, next) !== undefined)
    .filter((next) => graph.distance(next, to) === graph.distance(from, to) - 1)
    .flatMap((next) => allShortest(next, to, graph).map((rest) => [from, ...rest]))
}

/** Of several ways the one that goes, step by step, over what was loaded later. */
function latest(ways: readonly string[][], order: readonly string[]): string[] | undefined {
  const places = (way: readonly string[]): number[] => way.map((each) => order.indexOf(each))
  const isLater = (a: number[], b: number[]): boolean => {
    const differing = a.findIndex((place, index) => place !== b[index])
    return (a[differing] ?? 0) > (b[differing] ?? 0)
  }
  return ways.toSorted((a, b) => (isLater(places(a), places(b)) ? -1 : 1))[0]
}

function checkUpgrade(
  { leave, hops, enter }: MigrationPath,
  asked: PathRequest,
  graph: Graph,
): void {
  const [start, end] = [asked.from.contract.version, asked.target.contract.version]
  expect([leave.by, leave.from]).toEqual(['unchanged', start])
  expect(enter.to).toBe(end)
  let at = start
  let length = 0
  for (const { version: place, migration } of hops) {
    // A state stops only where something is run, and that runs in the version it leads to.
    expect(place).toBe(migration.to)
    expect(migration.by).toBe('codeChange')
  }
  for (const { from, to, by } of [...hops.map(({ migration }) => migration), enter]) {
    expect(graph.step(from, to)).toBe(by === 'codeChange' ? 'function' : 'unchanged')
    // What lies between two of them needs nothing to be run.
    length += graph.unchanged(at, from) + 1
    at = to
  }
  expect(length).toBe(graph.distance(start, end))
}

function checkDowngrade(found: MigrationPath, asked: PathRequest, graph: Graph): void {
  const { leave, hops, enter } = found
  const [start, end] = [asked.from.contract.version, asked.target.contract.version]
  const way = latest(allShortest(start, end, graph), graph.order) ?? []
  const steps = way.slice(1).map((to, at) => ({ from: way[at] ?? '', to }))
  const by = ({ from, to }: { from: string; to: string }): string => {
    return graph.step(from, to) === 'function' ? 'downgrade' : 'unchanged'
  }
  expect([leave.from, leave.by]).toEqual([start, steps[0] && by(steps[0])])
  const run = steps.slice(1).filter((each) => by(each) === 'downgrade')
  expect(hops.map(({ migration: { from, to } }) => ({ from, to }))).toEqual(run)
  // Each runs in the version that it leaves, and in the last one nothing is run.
  expect(hops.every(({ version: place, migration }) => place === migration.from)).toBe(true)
  expect(hops.every(({ migration }) => migration.by === 'downgrade')).toBe(true)
  expect([enter.by, enter.to]).toEqual(['unchanged', end])
}

function checkGap({ from, to }: Gap, asked: PathRequest, graph: Graph): void {
  const [start, end] = [asked.from.contract.version, asked.target.contract.version]
  // A step is missed on the way from the one to the other, and forwards.
  const sign = graph.order.indexOf(end) > graph.order.indexOf(start) ? 1 : -1
  const place = (label: string): number => sign * graph.order.indexOf(label)
  const places = [start, from, to, end].map(place)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(place(from)).toBeLessThan(place(to))
  // Whoever writes it closes the gap, and no smaller one would do.
  expect(graph.distance(start, from)).toBeLessThan(Infinity)
  expect(graph.distance(to, end)).toBeLessThan(Infinity)
  const between = graph.order.filter((each) => place(each) > place(from) && place(each) < place(to))
  for (const each of between) {
    expect(graph.distance(start, each)).toBe(Infinity)
    expect(graph.distance(each, end)).toBe(Infinity)
  }
}

test('a path is a shortest one, and there is none only where no steps lead', () => {
  const seen = { paths: 0, composed: 0, gaps: 0 }
  fc.assert(
    fc.property(request, (asked) => {
      const before = structuredClone(asked)
      const graph = graphOf(asked)
      const [start, end] = [asked.from.contract.version, asked.target.contract.version]
      const found = findPath(asked)
      expect(isPath(found)).toBe(graph.distance(start, end) < Infinity)
      if (!isPath(found)) {
        seen.gaps++
        checkGap(found, asked, graph)
      } else {
        seen.paths++
        if (found.hops.length > 0) seen.composed++
        if (asked.direction === 'upgrade') checkUpgrade(found, asked, graph)
        else checkDowngrade(found, asked, graph)
        const all = [found.leave, found.enter, ...found.hops.map((each) => each.migration)]
        expect(all.every(({ extra }) => extra === asked.extra)).toBe(true)
      }
      expect(asked).toEqual(before)
    }),
    { numRuns: 5000 },
  )
  // The property would hold of nothing, too.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100)
})

test('what is found does not depend on whether the ends are among the known versions', () => {
  fc.assert(
    fc.property(versions, fc.nat(), fc.nat(), (all, one, other) => {
      const [from, target] = [all[one % all.length]!, all[other % all.length]!]
      fc.pre(from !== target)
      const between = all.filter((each) => each !== from && each !== target)
      const rest = { from, target, direction: 'upgrade', extra: undefined } as const
      const [bare, full] = [between, [...between, from, target]].map((known) =>
        findPath({ ...rest, known }),
      )
      expect(bare).toEqual(full)
    }),
  )
})
