import path from 'node:path'
import type { Image } from '../versions/image.ts'
import type { Contract } from '../protocol/definition/contract.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { TypedContract, TypedContracts } from '../protocol/jobs/typecheck.ts'
import { planUpgrade } from '../upgrade/plan/plan.ts'
import type { PlanRequest } from '../upgrade/plan/plan.ts'
import type { PlannedVersion } from '../upgrade/plan/migration-path.ts'

/** All that an upgrade would be refused with before it looks at anything but the two versions. Equal bytes are nothing to be moved to. */
export function refusalsOf(
  contracts: TypedContracts,
  older: Image,
  newer: Image,
  allowRemoved: boolean,
): readonly MoultError[] {
  if (older.hash === newer.hash) return []
  const isBuild = contracts.older.version === contracts.newer.version
  const [running, target] = [
    planned(contracts.older, older),
    // An edit, or the same sources with other packages, is another build of the version: the state stays as it is.
    planned(contracts.newer, newer, isBuild ? `+${newer.hash.slice(0, 8)}` : ''),
  ]
  const request: PlanRequest = {
    codeName: path.parse(older.entry).name,
    running: [running],
    target,
    known: [running, target],
    direction: 'upgrade',
    allowRemoved,
    rehearse: false,
    hold: false,
    extra: undefined,
  }
  const first = refusalOf(request)
  // A plan stops at what it finds first.
  const next = refusalOf({ ...request, allowRemoved: true })
  return [first, first?.code === next?.code ? undefined : next].flatMap((each) => each ?? [])
}

function refusalOf(request: PlanRequest): MoultError | undefined {
  try {
    planUpgrade(request)
  } catch (error) {
    if (isMoultError(error)) return error
    throw error
  }
  return undefined
}

function planned(typed: TypedContract, { hash }: Image, build = ''): PlannedVersion {
  const contract: Contract = {
    ...typed,
    version: typed.version + build,
    // Of these a plan asks nothing.
    recordDowngrades: [],
    upcasts: [],
    checksPayloads: false,
    concurrency: 1,
  }
  return { contract, declared: typed.version, hash }
}
