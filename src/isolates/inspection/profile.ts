import type { Worker } from 'node:worker_threads'
import { setTimeout as pause } from 'node:timers/promises'
import { withDeadline } from '../../timing/deadline.ts'
import type { CpuProfile } from './cpu-profile.ts'
import { profileByInspector } from './inspector-profile.ts'

/** A profile that a thread makes. */
interface CpuProfileHandle {
  /** The profile, as JSON. */
  stop(): Promise<string>
}

/** A thread that can be asked for one: from Node 22.20 and 24.8 on. */
interface ProfiledWorker extends Worker {
  startCpuProfile(name?: string): Promise<CpuProfileHandle>
}

/**
 * What a thread does for `ms`, also amid a loop that never ends. Undefined where it has ended.
 * @throws where that cannot be found out, and when `signal` is aborted
 */
export async function profileOf(
  thread: Worker,
  ms: number,
  signal: AbortSignal,
): Promise<CpuProfile | undefined> {
  if (!isProfiled(thread)) return profileByInspector(thread.threadId, ms, signal)
  const starting = needsName
    ? thread.startCpuProfile(`moult ${thread.threadId}`)
    : thread.startCpuProfile()
  const handle = await withDeadline(starting, { signal }).catch((reason: unknown) => {
    // Should it begin after all, it must not go on for ever.
    void starting.then((late) => late.stop()).catch(() => undefined)
    throw reason
  })
  await pause(ms)
  const json = await withDeadline(handle.stop(), { signal })
  return JSON.parse(json) as CpuProfile
}

function isProfiled(thread: Worker): thread is ProfiledWorker {
  return 'startCpuProfile' in thread
}

/** In Node 22 a profile has a name; in 26 the one parameter are options. */
const needsName = process.versions.node.startsWith('22.')
