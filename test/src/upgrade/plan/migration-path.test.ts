import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Migration } from '../../../../src/protocol/wire/migration.ts'
import { findPath, isPath } from '../../../../src/upgrade/plan/migration-path.ts'
import type {
  Gap,
  PlannedVersion,
  MigrationPath,
  PathRequest,
} from '../../../../src/upgrade/plan/migration-path.ts'

/** Labels that would be found on Object.prototype, among plain ones. */
const labels = ['1', '2', '3', '4', '__proto__', 'constructor', 'toString'] as const

type Step = 'function' | 'records' | 'unchanged'

function version(
  label: string,
  codeChange: readonly (readonly [string, Step])[],
  downgrade: readonly string[],
): PlannedVersion {
  const nothing = { calls: [], casts: [], upcasts: [], checksPayloads: false }
  const contract = { ...nothing, concurrency: 1, downgrade, recordDowngrades: [] }
  return {
    contract: { ...contract, version: label, codeChange: Object.fromEntries(codeChange) },
    declared: label,
    hash: `bytes of ${label}`,
  }
}

const label = fc.constantFrom(...labels)
const steps = fc.uniqueArray(fc.tuple(label, fc.constantFrom<Step>('function', 'unchanged')), {
  maxLength: 3,
  selector: ([from]) => from,
})
const downgrades = fc.uniqueArray(label, { maxLength: 3 })

const versions: fc.Arbitrary<PlannedVersion[]> = fc
  .uniqueArray(fc.tuple(label, steps, downgrades), { minLength: 2, selector: ([each]) => each })
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
    if (direction === 'downgrade') {
      return all.get(a)?.contract.downgrade.some((each) => each === b) ? 'function' : undefined
    }
    return new Map(Object.entries(all.get(b)?.contract.codeChange ?? {})).get(a)
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
  const migrations = [leave, ...hops.map(({ migration }) => migration)]
  const way = [leave.from, ...migrations.map(({ to }) => to)]
  expect(way).toEqual(latest(allShortest(start, end, graph), graph.order))
  expect(migrations.map(({ from }) => from)).toEqual(way.slice(0, -1))
  expect(migrations.every(({ by }) => by === 'downgrade')).toBe(true)
  // Each runs in the version that it leaves, and in the last one nothing is run.
  expect(hops.map((each) => each.version)).toEqual(way.slice(1, -1))
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

/** Versions that know their neighbours, upwards and downwards. */
const chain = [
  version('1', [], []),
  version('2', [['1', 'function']], ['1']),
  version('3', [['2', 'function']], ['2']),
  version('4', [['3', 'function']], ['3']),
] as const

function find(
  from: PlannedVersion,
  target: PlannedVersion,
  direction: 'upgrade' | 'downgrade',
  known: readonly PlannedVersion[] = chain,
): MigrationPath | Gap {
  return findPath({ from, target, known, direction, extra: 7 })
}

function migration(from: string, to: string, by: Migration['by']): Migration {
  return { from, to, by, extra: 7 }
}

test('upwards each codeChange runs in the version that it leads to', () => {
  expect(find(chain[0], chain[3], 'upgrade')).toMatchObject({
    leave: migration('1', '2', 'unchanged'),
    hops: [
      { version: '2', migration: migration('1', '2', 'codeChange') },
      { version: '3', migration: migration('2', '3', 'codeChange') },
    ],
    enter: migration('3', '4', 'codeChange'),
  })
})

test('downwards each downgrade runs in the version that it leaves', () => {
  expect(find(chain[3], chain[0], 'downgrade')).toMatchObject({
    leave: migration('4', '3', 'downgrade'),
    hops: [
      { version: '3', migration: migration('3', '2', 'downgrade') },
      { version: '2', migration: migration('2', '1', 'downgrade') },
    ],
    enter: migration('2', '1', 'unchanged'),
  })
})

test("where a step is 'unchanged' the state does not stop", () => {
  const same = version('2', [['1', 'unchanged']], [])
  const last = version('4', [['3', 'unchanged']], [])
  const known = [chain[0], same, chain[2], last]
  expect(find(chain[0], last, 'upgrade', known)).toMatchObject({
    leave: migration('1', '2', 'unchanged'),
    hops: [{ version: '3', migration: migration('2', '3', 'codeChange') }],
    enter: migration('3', '4', 'unchanged'),
  })
})

test('one step that leads straight there is taken before any others, whatever is known', () => {
  const straight = version(
    '4',
    [
      ['3', 'function'],
      ['1', 'function'],
    ],
    ['1', '3'],
  )
  expect(find(chain[0], straight, 'upgrade')).toMatchObject({
    hops: [],
    enter: { from: '1', to: '4' },
  })
  expect(find(straight, chain[0], 'downgrade')).toMatchObject({ leave: { to: '1' }, hops: [] })
})

test.each([
  ['upgrade', 0, 3, { from: '1', to: '3' }],
  ['downgrade', 3, 0, { from: '3', to: '1' }],
] as const)('without version 2 an %s lacks the step over it', (direction, from, to, gap) => {
  const known = chain.filter(({ contract }) => contract.version !== '2')
  expect(find(chain[from], chain[to], direction, known)).toEqual(gap)
})

test('a step that is missing is missed before the target, whatever lies beyond it', () => {
  const beyond = [
    version('1', [], []),
    version('2', [], []),
    version('3', [['1', 'function']], ['1']),
  ] as const
  expect(find(beyond[0], beyond[1], 'upgrade', beyond)).toEqual({ from: '1', to: '2' })
  const before = [version('1', [], []), version('2', [], []), version('3', [], ['1'])] as const
  expect(find(before[2], before[1], 'downgrade', before)).toEqual({ from: '3', to: '2' })
})

test('other bytes under the same label lead nowhere but by a step to itself', () => {
  const again = { ...chain[1], hash: 'other' }
  expect(find(chain[1], again, 'upgrade')).toEqual({ from: '2', to: '2' })
  const own = version('2', [['2', 'function']], ['2'])
  expect(find(chain[1], own, 'upgrade')).toMatchObject({ hops: [], enter: { from: '2' } })
})

test('versions that lead round in a circle are passed once', () => {
  const circle = [
    version('1', [['3', 'function']], ['2']),
    version('2', [['1', 'function']], ['3']),
    version('3', [['2', 'function']], ['1']),
  ] as const
  expect(find(circle[0], circle[2], 'upgrade', circle)).toMatchObject({
    hops: [{ version: '2' }],
  })
  expect(find(circle[0], chain[3], 'downgrade', circle)).toMatchObject({ to: '4' })
})

test('two builds of one declared version are a step apart, either way, and nothing runs', () => {
  const one = version('1', [], [])
  const build = { ...one, contract: { ...one.contract, version: '1+a' }, hash: 'a' }
  const two = version('2', [['1', 'function']], ['1'])
  for (const direction of ['upgrade', 'downgrade'] as const) {
    const request = { from: one, target: build, known: [one], direction, extra: undefined }
    expect(findPath(request)).toMatchObject({
      leave: { by: 'unchanged' },
      hops: [],
      enter: { by: 'unchanged' },
    })
  }
  const known = [one, build, two]
  const up = { from: build, target: two, known, direction: 'upgrade', extra: undefined } as const
  expect(findPath(up)).toMatchObject({ hops: [], enter: { from: '1', by: 'codeChange' } })
  const down = { ...up, from: two, target: build, direction: 'downgrade' } as const
  expect(findPath(down)).toMatchObject({ leave: { to: '1', by: 'downgrade' }, hops: [] })
})
