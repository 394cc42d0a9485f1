import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { EncoderResult } from './encoders/measure.ts'
import type { LoadResult } from './load/measure.ts'
import type { MemoryResult } from './memory/measure.ts'
import type { MessageResult } from './messages/measure.ts'
import type { ScaleResult } from './scale/compare.ts'
import type { SwapResult } from './swap/measure.ts'

/** What `bench/results/` holds: the figures, and where they are from. */
export interface Results {
  readonly machine: Machine
  readonly messages: readonly MessageResult[]
  readonly swap: readonly SwapResult[]
  readonly load: readonly LoadResult[]
  readonly memory: readonly MemoryResult[]
  readonly scale: readonly ScaleResult[]
  readonly encoders: readonly EncoderResult[]
}

interface Machine {
  readonly date: string
  readonly node: string
  readonly v8: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly commit: string | undefined
}

export function describeMachine(): Machine {
  const cores = cpus()
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch} ${release()}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    commit: commit(),
  }
}

function commit(): string | undefined {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
