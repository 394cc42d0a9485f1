import type { AnyDefinition, Runtime, UpgradeOptions } from 'moult'
import type { Programs } from './programs.ts'
import { middle, walk } from './walk.ts'
import type { Means, Walk } from './walk.ts'

/** What each of the programs defines. */
interface Adder extends AnyDefinition {
  readonly init: () => { count: number }
  readonly calls: { readonly add: (state: { count: number }, by: number) => number }
}

/** A walk by its name, and over how many processes it went. */
export interface Measured extends Walk {
  readonly name: string
  readonly processes: number
}

/** Spares for an upgrade and for whatever it tries first, so that no thread is started meanwhile. */
export const SPARES = 6
const WARM_CALLS = 100
const SHARED_ISOLATES = 2

/** What a walk is counted in. */
export interface Setting {
  readonly runtime: Runtime
  readonly programs: Programs
  readonly means: Means
  readonly repeats: number
}

async function measureCall(setting: Setting): Promise<Measured> {
  const { runtime, programs } = setting
  const code = await runtime.load<Adder>(programs.next().file)
  const adder = await code.spawn()
  for (let left = WARM_CALLS; left > 0; left--) await adder.call('add', 1)
  const calls = await repeat(setting, () => adder.call('add', 1))
  await adder.stop()
  return { name: 'a call', processes: 1, ...calls }
}

async function measureLoad(setting: Setting): Promise<Measured> {
  const { runtime, programs } = setting
  const loads = await repeat(setting, () => runtime.load(programs.next().file))
  return { name: 'a load', processes: 1, ...loads }
}

/** Of one process that has a thread of its own, to a version that is loaded. */
function measureUpgrade(setting: Setting): Promise<Measured> {
  return measureUpgrades(setting, 'an upgrade', 1, {})
}

/** Without a dry run of the migration. */
function measureDirectUpgrade(setting: Setting): Promise<Measured> {
  return measureUpgrades(setting, 'an upgrade, no dry run', 1, { rehearse: false })
}

/** Of idle processes that share isolates, to a version that is loaded. */
function measureRoll(setting: Setting, count: number): Promise<Measured> {
  return measureUpgrades(setting, 'a rolling upgrade', count, {})
}

function measureDirectRoll(setting: Setting, count: number): Promise<Measured> {
  return measureUpgrades(setting, 'a rolling upgrade, no dry run', count, { rehearse: false })
}

/** From version to version. The code has no others than the two. */
async function measureUpgrades(
  { runtime, programs, means, repeats }: Setting,
  name: string,
  processes: number,
  options: UpgradeOptions,
): Promise<Measured> {
  const isolates = processes === 1 ? 'per-process' : SHARED_ISOLATES
  const code = await runtime.load<Adder>(programs.next().file, { isolates })
  for (let left = processes; left > 0; left--) await code.spawn()
  const walks: Walk[] = []
  while (walks.length <= repeats) {
    const before = code.version.version
    const { file, version } = programs.next()
    await code.load(file)
    walks.push(await walk(means, () => code.upgrade(version, options)))
    await code.softPurge(before)
  }
  return { name, processes, ...middle(walks.slice(1)) }
}

/** The first is not counted: it may do what is done once. */
async function repeat({ means, repeats }: Setting, work: () => Promise<unknown>): Promise<Walk> {
  await work()
  const walks: Walk[] = []
  while (walks.length < repeats) walks.push(await walk(means, work))
  return middle(walks)
}

/** Each in a runtime of its own: what one has loaded is none of the next one's. */
export const measures = [
  measureCall,
  measureLoad,
  measureUpgrade,
  measureDirectUpgrade,
  measureRoll,
  measureDirectRoll,
]
