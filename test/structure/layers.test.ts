// @module-tag once
import { describe, expect, test } from 'vitest'
import { sourceFiles } from './source-tree.ts'

const files = sourceFiles('src', 'workers', 'testing')
const edges = files.flatMap((each) => each.edges)

/** The floors of src/, from the bottom: a file imports from its own floor or from one below. */
const floors: readonly (readonly string[])[] = [
  ['src/protocol/'],
  ['src/timing/', 'src/options/'],
  ['src/isolates/'],
  ['src/checks/', 'src/versions/'],
  ['src/processes/'],
  ['src/code/', 'src/supervision/'],
  ['src/upgrade/'],
  ['src/runtime/'],
  ['src/index.ts', 'src/cli/'],
]

/** The floors within src/upgrade/. */
const upgradeFloors: readonly (readonly string[])[] = [
  ['src/upgrade/plan/'],
  ['src/upgrade/limits/'],
  ['src/upgrade/audit/', 'src/upgrade/prepare/'],
  ['src/upgrade/report/'],
  ['src/upgrade/dry-run/', 'src/upgrade/probation/'],
  ['src/upgrade/hand-over/'],
  ['src/upgrade/atomic/', 'src/upgrade/rolling/'],
  ['src/upgrade/upgrader.ts'],
]

/** The floors of workers/: on top of what they share each job has a room of its own, and none imports another's. */
const workerFloors: readonly (readonly string[])[] = [
  ['workers/definition/', 'workers/project/'],
  ['workers/tables/'],
  ['workers/state/'],
  ['workers/isolate/'],
  ['workers/bundling/'],
  ['workers/typecheck/'],
  ['workers/search/'],
  ['workers/tasks.cts'],
]
const jobs = ['workers/isolate/', 'workers/bundling/', 'workers/typecheck/', 'workers/search/']

function floorOf(file: string, building: readonly (readonly string[])[]): number {
  return building.findIndex((floor) => floor.some((room) => file.startsWith(room)))
}

function roomOf(file: string, building: readonly (readonly string[])[]): string | undefined {
  return building.flat().find((room) => file.startsWith(room))
}

function named(list: readonly { readonly from: string; readonly to: string }[]): string[] {
  return list.map(({ from, to }) => `${from} → ${to}`)
}

describe.each([
  ['src/', floors],
  ['src/upgrade/', upgradeFloors],
  ['workers/', workerFloors],
])('%s', (root, building) => {
  const within = edges.filter(({ from, to }) => from.startsWith(root) && to.startsWith(root))

  test('has a room for every file', () => {
    const homeless = files.filter(({ file }) => {
      return file.startsWith(root) && floorOf(file, building) < 0
    })
    expect(homeless.map(({ file }) => file)).toEqual([])
  })

  test('imports go downwards', () => {
    const upward = within.filter(({ from, to }) => floorOf(to, building) > floorOf(from, building))
    expect(named(upward)).toEqual([])
  })

  test('rooms on one floor do not import each other', () => {
    const sideways = within.filter(({ from, to }) => {
      const isSameFloor = floorOf(from, building) === floorOf(to, building)
      return isSameFloor && roomOf(from, building) !== roomOf(to, building)
    })
    expect(named(sideways)).toEqual([])
  })
})

test('a job of workers/ imports its own folder and the rooms that all share, never another job', () => {
  const across = edges.filter(({ from, to }) => {
    const job = jobs.find((room) => from.startsWith(room))
    const other = jobs.find((room) => to.startsWith(room))
    return job !== undefined && other !== undefined && job !== other
  })
  expect(named(across)).toEqual([])
})

test('src/protocol/ imports nothing but itself', () => {
  const outside = edges.filter(({ from, to, isOwn }) => {
    return isOwn && from.startsWith('src/protocol/') && !to.startsWith('src/protocol/')
  })

  expect(named(outside)).toEqual([])
})

test('workers/ imports itself and src/protocol/ only', () => {
  const others = edges
    .filter(({ from, to, isOwn }) => {
      if (!isOwn || !from.startsWith('workers/')) return false
      return !to.startsWith('workers/') && !to.startsWith('src/protocol/')
    })
    .map(({ from, to }) => `${from} → ${to}`)
  expect(others).toEqual([])
})

test('testing/ stands on top of what a thread runs, and nothing stands on it', () => {
  const main = ['src/options/lendable.ts', 'src/processes/streams/']
  const below = ['testing/', 'workers/', 'src/protocol/', ...main]
  const others = edges.filter(({ from, to, isOwn }) => {
    if (!isOwn) return false
    if (from.startsWith('testing/')) return !below.some((room) => to.startsWith(room))
    return to.startsWith('testing/')
  })
  expect(named(others)).toEqual([])
})

test('src/ knows workers/ by URL only, in one file', () => {
  const imports = edges.filter(({ from, to }) => from.startsWith('src/') && to.includes('workers'))
  expect(imports).toEqual([])
  const naming = files.filter(({ file, text }) => {
    return file.startsWith('src/') && /['"`/]workers\/\w/.test(text)
  })
  expect(naming.map(({ file }) => file).sort()).toEqual(['src/protocol/wire/thread-task.ts'])
})

test('there is no cycle of imports, types included', () => {
  const targets = new Map(files.map(({ file, edges: own }) => [file, own]))
  const cycles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file)
    if (at >= 0) {
      cycles.push([...trail.slice(at), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const { to, isOwn } of targets.get(file) ?? []) if (isOwn) walk(to, [...trail, file])
    done.add(file)
  }
  for (const { file } of files) walk(file, [])
  expect(cycles).toEqual([])
})

test('each relative import names an existing file with its extension', () => {
  const known = new Set(files.map(({ file }) => file))
  expect(edges.filter(({ to, isOwn }) => isOwn && !known.has(to))).toEqual([])
})

/** What an isolate may use of moult is a module of its own; it is an entry, not a barrel. */
const reExporting = ['src/index.ts', 'testing/index.ts', 'workers/definition/definition-module.ts']

test('nothing but the public entries re-exports', () => {
  const barrels = edges.filter(({ from, isReExport }) => isReExport && !reExporting.includes(from))
  expect(barrels).toEqual([])
})

test('no file is a drawer', () => {
  const drawers = files.filter(({ file }) => {
    return /(^|[/-])(types?|utils?|utilities|common|helpers?|misc|shared)\.ts$/.test(file)
  })
  expect(drawers.map(({ file }) => file)).toEqual([])
})

/** Packages that decide the architecture, and the files that may know them. */
const keepers: Readonly<Record<string, readonly string[]>> = {
  piscina: ['src/isolates/thread-pool.ts'],
  comlink: [
    'src/isolates/isolate.ts',
    'src/processes/remote-calls.ts',
    'src/protocol/wire/comlink-values.ts',
    'src/protocol/wire/remote-errors.ts',
    'workers/isolate/isolate.ts',
  ],
  croner: ['src/protocol/definition/calendar.ts'],
  esbuild: [
    'workers/bundling/absent-module.ts',
    'workers/bundling/build-failure.ts',
    'workers/bundling/build.ts',
    'workers/bundling/common-modules.ts',
    'workers/bundling/created-require.ts',
    'workers/bundling/dynamic-loads.ts',
    'workers/bundling/incremental-build.ts',
    'workers/bundling/kept-effects.ts',
    'workers/bundling/learning.ts',
    'workers/bundling/left-outside.ts',
    'workers/bundling/outside.ts',
    'workers/bundling/own-module.ts',
    'workers/bundling/sloppy-modules.ts',
    'workers/bundling/source-location.ts',
    'workers/project/esbuild.ts',
    'workers/project/type-resolver.ts',
  ],
  '@standard-schema/spec': [
    'src/protocol/definition/definition.ts',
    'src/protocol/definition/event.ts',
    'workers/definition/event-checks.ts',
    'workers/definition/loose-definition.ts',
    'workers/definition/schema.ts',
    'workers/search/state-schema.ts',
  ],
  typescript: [
    'workers/bundling/decorator-metadata.ts',
    'workers/typecheck/change-check.ts',
    'workers/typecheck/compiler-options.ts',
    'workers/typecheck/compiler.ts',
    'workers/typecheck/event-check.ts',
    'workers/typecheck/global-declarations.ts',
    'workers/typecheck/message-check.ts',
    'workers/typecheck/migration-check.ts',
    'workers/typecheck/overlay-host.ts',
    'workers/typecheck/record-check.ts',
    'workers/typecheck/record-move.ts',
    'workers/typecheck/record-step-check.ts',
    'workers/typecheck/shared-sources.ts',
    'workers/typecheck/source-overlay.ts',
    'workers/typecheck/state-shape.ts',
    'workers/typecheck/type-difference.ts',
    'workers/typecheck/type-fault.ts',
    'workers/typecheck/type-members.ts',
    'workers/typecheck/type-program.ts',
    'workers/typecheck/type-text.ts',
    'workers/typecheck/typecheck.ts',
    'workers/typecheck/typed-contract.ts',
    'workers/typecheck/typed-definition.ts',
    'workers/typecheck/typed-step.ts',
    'workers/typecheck/typed-table.ts',
    'workers/typecheck/version-pair.ts',
  ],
  valibot: [
    'src/options/option-kinds.ts',
    'src/options/options.ts',
    'src/options/parse-options.ts',
    'src/options/permissions.ts',
    'src/options/probation.ts',
    'src/options/rehearse.ts',
    'src/options/resource-limits.ts',
    'src/options/restart.ts',
    'src/options/supervise.ts',
  ],
  denque: [
    'src/processes/event-stream.ts',
    'src/processes/mailbox.ts',
    'src/processes/recent-log.ts',
    'src/processes/streams/item-stream.ts',
  ],
  '@opentelemetry/api': ['src/runtime/open-telemetry.ts'],
  'fast-check': [
    'workers/search/leaf-generator.ts',
    'workers/search/search.ts',
    'workers/search/shape-generator.ts',
    'workers/search/state-arbitrary.ts',
    'workers/search/state-hunt.ts',
    'workers/search/state-mutation.ts',
  ],
}

test.each(Object.entries(keepers))('%s is imported in few files', (name, allowed) => {
  const importing = edges.filter(({ to, isOwn }) => !isOwn && to === name).map(({ from }) => from)
  expect([...new Set(importing)].sort()).toEqual(allowed)
})

test('no other package is imported', () => {
  const packages = edges.filter(({ to, isOwn }) => !isOwn && !to.startsWith('node:'))
  const names = new Set(packages.map(({ to }) => to))
  expect([...names].sort()).toEqual(Object.keys(keepers).sort())
})

test('files stay short', () => {
  const long = files
    .map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 300)
  expect(long).toEqual([])
})
