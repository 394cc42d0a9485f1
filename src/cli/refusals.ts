import path from 'node:path'
import type { Image } from '../versions/image.ts'
import type { Contract } from '../protocol/definition/contract.ts'
import { isMoultError } from '../protocol/errors.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { TypedContract, TypedContracts } from '../protocol/jobs/typecheck.ts'
import { planUpgrade } from '../upgrade/plan/plan.ts'
import type { PlanRequest } from '../upgrade/plan/plan.ts'
import type { PlannedVersion } from '../upgrade/plan/migration-path.ts'

/** All refusals of an upgrade that follow from the two versions alone. Equal bytes are refused, too. */
export function refusalsOf(
  contracts: TypedContracts,
  older: Image,
  newer: Image,
  allowRemoved: boolean,
): readonly MoultError[] {
  if (older.hash === newer.hash) return []
  const isBuild = contracts.older.version === contracts.newer.version
  const running = planned(contracts.older, older)
  // An edit, or a build with other packages, gets a label of its own: the state stays as it is.
  const target = planned(contracts.newer, newer, isBuild ? `+${newer.hash.slice(0, 8)}` : '')
  const request: PlanRequest = {
    codeName: path.parse(older.entry).name,
    running: [running],
    target,
    known: [running, target],
    direction: 'upgrade',
    allowRemoved,
    allowWider: false,
    rehearse: false,
    hold: false,
    extra: undefined,
  }
  const first = refusalOf(request)
  // A plan stops at its first refusal.
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

function planned(typed: TypedContract, image: Image, build = ''): PlannedVersion {
  const contract: Contract = {
    ...typed,
    version: typed.version + build,
    // A plan does not look at these.
    upcasts: [],
    checksPayloads: false,
    concurrency: 1,
  }
  return { contract, declared: typed.version, image }
}
