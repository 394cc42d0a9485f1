import { hasErlang } from '../erlang/erlang.ts'
import { openBacklog } from './backlog.ts'
import { openStopAndCopy } from './bare.ts'
import { openBuffers, openCopiedBuffers } from './buffers.ts'
import { compare } from './compare.ts'
import type { ScaleResult } from './compare.ts'
import { openCopying } from './copying.ts'
import { openGenServer, openGenServers, openOneGenServer } from './erlang.ts'
import { openOneProcess, openPlain } from './moult.ts'
import { openTables } from './moult-tables.ts'
import { openProcesses } from './moult-processes.ts'
import type { Variant, WindowLength } from './variant.ts'

interface Size {
  readonly count: number
  readonly rounds: number
}

/** Records in the state of one process. A whole copy of a million takes half a minute: one round has to do. */
const records: readonly Size[] = [
  { count: 100, rounds: 12 },
  { count: 1_000, rounds: 12 },
  { count: 10_000, rounds: 10 },
  { count: 100_000, rounds: 4 },
  { count: 1_000_000, rounds: 1 },
]
/** Records in a table that is copied while its process is called. */
const copied: readonly Size[] = [{ count: 100_000, rounds: 10 }]
/** Processes of one version. */
const processes: readonly Size[] = [
  { count: 100, rounds: 5 },
  { count: 1_000, rounds: 5 },
  { count: 10_000, rounds: 3 },
  { count: 100_000, rounds: 1 },
]

/** Messages that wait at the moment of an upgrade. */
const backlogs: readonly Size[] = [
  { count: 0, rounds: 10 },
  { count: 1_000_000, rounds: 4 },
]

/** Megabytes of typed arrays in the state of one process. */
const buffers: readonly Size[] = [
  { count: 1, rounds: 20 },
  { count: 10, rounds: 20 },
  { count: 100, rounds: 15 },
]

/** Larger and larger states, more and more processes, beside Erlang where it is installed. */
export async function measureScale(quick: boolean): Promise<ScaleResult[]> {
  const erlang = hasErlang()
  const results: ScaleResult[] = []
  for (const { count, rounds } of cut(records, quick)) {
    results.push(...(await compare('records', count, rounds, await openStates(count, erlang))))
  }
  for (const { count, rounds } of cut(copied, quick)) {
    results.push(...(await compare('records', count, rounds, [await openCopying(count)])))
  }
  results.push(...(await measureBuffers(quick)))
  for (const { count, rounds } of cut(backlogs, quick)) {
    results.push(...(await compare('messages waiting', count, rounds, [await openBacklog(count)])))
  }
  results.push(...(await compare('processes', 1, quick ? 2 : 10, await openOnes(erlang))))
  for (const { count, rounds } of cut(processes, quick)) {
    results.push(...(await compare('processes', count, rounds, await openMany(count, erlang))))
  }
  return results
}

/** States of a few large typed arrays. */
export async function measureBuffers(quick: boolean): Promise<ScaleResult[]> {
  const results: ScaleResult[] = []
  for (const { count, rounds } of cut(buffers, quick)) {
    results.push(...(await compare('MB of buffers', count, rounds, await openGrids(count))))
  }
  return results
}

async function openStates(count: number, erlang: boolean): Promise<Variant[]> {
  const window: WindowLength = { ms: 0 }
  return [
    await openTables(count, window),
    await openPlain(count, window),
    await openPlain(count, window, 'whole'),
    await openStopAndCopy(count, window),
    ...(erlang ? [await openGenServer(count, window)] : []),
  ]
}

async function openMany(count: number, erlang: boolean): Promise<Variant[]> {
  // How much a second thread helps.
  const alone = count === 1_000 ? [await openProcesses(count, 1)] : []
  return [await openProcesses(count, 2), ...alone, ...(erlang ? [await openGenServers(count)] : [])]
}

async function openGrids(megabytes: number): Promise<Variant[]> {
  const window: WindowLength = { ms: 0 }
  return [await openBuffers(megabytes, window), await openCopiedBuffers(megabytes, window)]
}

async function openOnes(erlang: boolean): Promise<Variant[]> {
  return [await openOneProcess(), ...(erlang ? [await openOneGenServer()] : [])]
}

function cut(sizes: readonly Size[], quick: boolean): readonly Size[] {
  return quick ? sizes.slice(0, 3).map(({ count }) => ({ count, rounds: 2 })) : sizes
}
