import { workerData } from 'node:worker_threads'
import type { VersionModule } from './swappable.ts'

export type PoolTask =
  | { readonly do: 'init'; readonly size: number }
  | { readonly do: 'ping' }
  | { readonly do: 'leave' }
  | { readonly do: 'enter'; readonly state: unknown }

const version = (await import(workerData as string)) as VersionModule
/** Kept between tasks, as people keep state in a pool of one thread. */
let state: unknown

export default function run(task: PoolTask): unknown {
  switch (task.do) {
    case 'init':
      state = version.init!(task.size)
      return undefined
    case 'ping':
      return version.ping(state as never)
    case 'leave':
      return state
    case 'enter':
      state = version.codeChange(task.state as never)
      return undefined
  }
}
