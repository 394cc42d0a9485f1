import type { Process } from '../processes/process.ts'
import { HandOver } from './hand-over.ts'
import type { HandOverOptions } from './hand-over-options.ts'
import type { Route } from './route.ts'

/** Makes the hand-over of the process with an index. */
export type MakeHandOver = (index: number) => HandOver

/** Hand-overs are made as they are needed; what they have in common is there once a route. */
export function handOverMaker(
  processes: readonly Process[],
  routes: readonly Route[],
  common: Omit<HandOverOptions, 'route'>,
): MakeHandOver {
  const known = new Map<Route, HandOverOptions>()
  return (index) => {
    const [process, route] = [processes[index], routes[index]]
    if (process === undefined || route === undefined) throw new RangeError(`no process ${index}`)
    const options = known.get(route) ?? { ...common, route }
    known.set(route, options)
    return new HandOver(process, options)
  }
}
