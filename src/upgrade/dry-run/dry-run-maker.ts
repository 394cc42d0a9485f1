import type { Process } from '../../processes/process.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { Route } from '../plan/migration-path.ts'
import { Trial } from './dry-run.ts'

/** Makes the trial of the process with an index. */
export type MakeTrial = (index: number) => Trial

/** Trials are made as they are needed; what they have in common is there once a route. */
export function trialMaker(
  processes: readonly Process[],
  routes: readonly Route[],
  common: Omit<HandOverOptions, 'route'>,
): MakeTrial {
  const known = new Map<Route, HandOverOptions>()
  return (index) => {
    const [process, route] = [processes[index], routes[index]]
    if (process === undefined || route === undefined) throw new RangeError(`no process ${index}`)
    const options = known.get(route) ?? { ...common, route }
    known.set(route, options)
    return new Trial(process, options)
  }
}
