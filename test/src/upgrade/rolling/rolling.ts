import type { Process } from '../../../../src/processes/process.ts'
import { isBeingMoved } from '../../../../src/processes/lifecycle.ts'
import { dryRunMaker } from '../../../../src/upgrade/dry-run/dry-run.ts'
import { Sandbox } from '../../../../src/upgrade/dry-run/sandbox.ts'
import { Sandboxes } from '../../../../src/upgrade/dry-run/sandboxes.ts'
import { abortUpgrade } from '../../../../src/upgrade/limits/abort.ts'
import type { RollProgress } from '../../../../src/upgrade/plan/upgrade-observer.ts'
import { PauseBudget } from '../../../../src/upgrade/report/pause-budget.ts'
import { Roll } from '../../../../src/upgrade/rolling/roll.ts'
import type { Rolled } from '../../../../src/upgrade/rolling/roll.ts'
import type { RollRequest } from '../../../../src/upgrade/rolling/roll-request.ts'
import type { UpgradeWorld } from '../upgrade-world.ts'

/** What a test says of its roll. */
interface Wishes extends Partial<RollRequest['options']> {
  readonly maxPauseMs?: number
  /** Whether migrations are tried on copies. */
  readonly rehearses?: boolean
  readonly onProgress?: (progress: RollProgress) => void
}

/** A rolling upgrade of these processes, and what is seen of it. */
export class Rolling {
  readonly request: RollRequest
  readonly roll: Roll
  readonly told: RollProgress[] = []
  /** Phases that were reached. */
  readonly phases: string[] = []
  /** Phases as they were told: when the first came there. */
  readonly first: string[] = []
  /** So many processes were on their way at the same time. */
  atOnce = 0
  readonly #world: UpgradeWorld
  readonly #processes: readonly Process[]

  constructor(world: UpgradeWorld, processes: readonly Process[], wishes: Wishes = {}) {
    const { maxPauseMs = Infinity, rehearses = false, onProgress, ...some } = wishes
    const options = { groupSize: 24, throttleMs: 0, blocked: 'fail', suspendTimeoutMs: 10_000 }
    const own = { ...options, ...some } as RollRequest['options']
    const common = world.options({
      maxPauseMs,
      suspendTimeoutMs: own.blocked === 'wait' ? Infinity : own.suspendTimeoutMs,
    })
    const paths = processes.map(() => common.path)
    const makeSandbox = (): Sandbox => new Sandbox(world.loader, world.target, 10_000)
    this.#world = world
    this.#processes = processes
    this.request = {
      dryRunOf: dryRunMaker(processes, paths, common),
      total: processes.length,
      version: world.target,
      placement: world.placement,
      budget: new PauseBudget(maxPauseMs),
      sandboxes: rehearses ? new Sandboxes(makeSandbox, 10_000) : undefined,
      options: own,
      signal: world.abort.signal,
      abandon: (reason) => abortUpgrade(world.abort, reason),
      reach: (phase) => this.#reach(phase),
      observer: {
        onPhase: (phase) => this.first.push(phase),
        onWentBack: () => undefined,
        onProgress: (progress) => {
          this.told.push(structuredClone(progress))
          onProgress?.(progress)
        },
      },
      isOnProbation: false,
      exitGraceMs: 10_000,
    }
    this.roll = new Roll(this.request)
  }

  #reach(phase: string): void {
    this.phases.push(phase)
    this.atOnce = Math.max(this.atOnce, this.#processes.filter(isBeingMoved).length)
  }

  /** Carries it out, and lets what it has tried copies in go. */
  async run(): Promise<Rolled> {
    try {
      return await this.#world.settle(this.roll.run())
    } finally {
      await this.#world.settle(this.request.sandboxes?.leave() ?? Promise.resolve())
    }
  }

  /** The slots of each batch that was asked to suspend, in order. */
  get batches(): number[][] {
    const [old] = this.#world.threads
    return (old?.asked ?? []).flatMap((each) => (each.type === 'suspend' ? [[...each.slots]] : []))
  }
}
