import { randomUUID } from 'node:crypto'
import type { CodeLine } from '../code/code-line.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import type {
  ProcessWentBack,
  RollProgress,
  ToldPhase,
  UpgradeObserver,
} from '../upgrade/plan/upgrade-observer.ts'
import type { Asked } from '../upgrade/report/asked.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import { nameOf } from '../versions/version-name.ts'
import type { VersionName } from '../versions/version-name.ts'
import type { RuntimeEmitter } from './runtime-emitter.ts'
import type { NamedUpgrade } from './runtime-events.ts'

/** Once one of these begins all serve in the new version. */
const behindTheSwap: ReadonlySet<ToldPhase> = new Set<ToldPhase>(['probation', 'unload'])

/** Tells of one upgrade as events of the runtime, from its start to its end. */
export class UpgradeEvents implements UpgradeObserver {
  readonly id = randomUUID()
  readonly #events: RuntimeEmitter
  readonly #named: NamedUpgrade
  readonly #line: CodeLine
  readonly #asked: Asked
  /** The version that is left; undefined until it begins. */
  #from: VersionName | undefined
  #plan: { readonly to: VersionName; readonly processes: number } | undefined
  #isSwapped = false
  #wentBack: readonly ProcessWentBack[] | undefined

  constructor(events: RuntimeEmitter, line: CodeLine, direction: Direction, asked: Asked) {
    this.#events = events
    this.#named = { id: this.id, codeName: line.name, direction }
    this.#line = line
    this.#asked = asked
  }

  onPhase(phase: ToldPhase): void {
    // Whether a save is an upgrade at all is known only when it has been loaded.
    if (phase === 'load' && this.#asked.how === 'watch') return
    this.#start()
    if (behindTheSwap.has(phase)) this.#swap()
    this.#events.announce('upgradePhase', { ...this.#named, phase })
  }

  onPlanned(to: VersionName, processes: number): void {
    this.#plan = { to, processes }
    this.#start()
  }

  onProgress(progress: RollProgress): void {
    this.#events.announce('upgradeProgress', { ...this.#named, ...progress })
  }

  end(report: UpgradeReport): void {
    this.#events.announce('upgraded', report)
    const { from, to } = report
    const asked = this.#asked
    if (asked.how !== 'rollBack') return
    this.#events.announce('rolledBack', { ...this.#named, from, to, asked })
  }

  onWentBack(processes: readonly ProcessWentBack[]): void {
    this.#wentBack = processes
  }

  fail(error: Error): void {
    this.#start()
    this.#events.announce('upgradeFailed', { ...this.#named, error })
    if (this.#wentBack === undefined || this.#plan === undefined) return
    const from = this.#plan.to
    const to = this.#from ?? nameOf(this.#line.current)
    const asked = this.#asked
    const processes = this.#wentBack
    this.#events.announce('rolledBack', { ...this.#named, from, to, asked, processes, error })
  }

  #start(): void {
    if (this.#from !== undefined) return
    const from = nameOf(this.#line.current)
    this.#from = from
    this.#events.announce('upgradeStarted', { ...this.#named, from, asked: this.#asked })
  }

  #swap(): void {
    const from = this.#from
    if (this.#isSwapped || this.#plan === undefined || from === undefined) return
    this.#isSwapped = true
    this.#events.announce('upgradeSwapped', { ...this.#named, from, ...this.#plan })
  }
}
