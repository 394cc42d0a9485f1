import type { Lifecycle } from '../processes/lifecycle.ts'
import type { Process } from '../processes/process.ts'
import type { Totals } from '../processes/totals.ts'
import { withDeadline } from '../timing/deadline.ts'

/** The result of `ref.inspect`. */
export interface ProcessInfo {
  readonly id: string
  readonly name: string | undefined
  readonly codeName: string
  /** Label of the version that runs, and the SHA-256 of its image. */
  readonly version: string
  readonly hash: string
  readonly lifecycle: Lifecycle
  /** Its thread; -1 where it has none, as when it has stopped. */
  readonly threadId: number
  /** Messages accepted and not finished, those in flight included. */
  readonly queueLength: number
  /** Messages among these that are on the way to the isolate or being handled. */
  readonly inFlight: number
  /** Size of the state in structured-clone bytes; undefined when the process was too busy to say within a second. */
  readonly stateBytes: number | undefined
  readonly totals: Readonly<Totals>
  /** The last copy of its state that main keeps. Undefined where there is none. */
  readonly checkpoint: CheckpointInfo | undefined
}

/** A copy of a state that main keeps. */
export interface CheckpointInfo {
  /** When it came, ms since 1970. */
  readonly takenAt: number
  /** All messages before this number are in it, counted in the order in which they came. */
  readonly sequence: number
  readonly bytes: number
  /** Label of the version whose state it is. */
  readonly version: string
}

/** The last checkpoint of a process. */
function checkpointInfo({ recovery }: Process): CheckpointInfo | undefined {
  if (recovery?.last === undefined) return undefined
  const { takenAt, sequence, bytes, version } = recovery.last
  return { takenAt, sequence, bytes, version: version.contract.version }
}

const SIZE_TIMEOUT_MS = 1000

/** Facts about a process of the code with this name. */
export async function processInfo(process: Process, codeName: string): Promise<ProcessInfo> {
  const stateBytes = await stateSize(process)
  const { id, label, lifecycle, messages, totals, activation } = process
  const version = activation?.version
  const hasThread = activation?.hasLeft === false && activation.exit === undefined
  return {
    id,
    name: label === id ? undefined : label,
    codeName,
    version: version?.contract.version ?? '',
    hash: version?.image.hash ?? '',
    lifecycle,
    threadId: hasThread ? activation.isolate.threadId : -1,
    queueLength: messages.size,
    inFlight: messages.inFlight,
    stateBytes,
    totals: { ...totals },
    checkpoint: checkpointInfo(process),
  }
}

/** Undefined where the process is too busy to say. */
async function stateSize({ activation }: Process): Promise<number | undefined> {
  if (activation === undefined || activation.hasLeft) return undefined
  const size = activation.isolate.stateSize(activation.slot)
  return withDeadline(size, { timeoutMs: SIZE_TIMEOUT_MS }).catch(() => undefined)
}
