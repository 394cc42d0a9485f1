import type { Loader } from '../code/loader.ts'
import type { Plan } from './plan.ts'
import type { Moved } from './report.ts'
import { Roll } from './roll.ts'
import { Scratch } from './scratch.ts'
import type { RollRequest } from './roll.ts'
import type { Waypoints } from './waypoints.ts'

/** A rolling upgrade, and what it has to open first. */
export interface RollThroughRequest extends Omit<RollRequest, 'scratch'> {
  readonly plan: Plan

  readonly loader: Loader
  readonly waypoints: Waypoints
}

/** Opens what all processes need on their way, moves them, and lets it go. The whole roll counts as `transfer`. */
export async function rollThrough(request: RollThroughRequest): Promise<Moved> {
  const { plan, version, loader, waypoints, signal } = request
  const began = performance.now()
  const isTried = plan.phases.includes('rehearse')
  const scratch = isTried ? new Scratch(loader, version, request.exitGraceMs) : undefined
  try {
    await scratch?.open()
    await waypoints.open(loader, signal)
    const opened = performance.now()
    const rolled = await new Roll({ ...request, scratch }).run()
    const times = { open: opened - began, transfer: performance.now() - opened }
    const phases = { rehearse: 0, audit: 0, copy: 0, suspend: 0, resume: 0, unload: 0, ...times }
    return { ...rolled, phases }
  } finally {
    await Promise.all([scratch?.leave(), waypoints.leave()])
  }
}
