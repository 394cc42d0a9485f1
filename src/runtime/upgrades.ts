import type { CodeLine } from '../code/code-line.ts'
import type { Source } from '../versions/source.ts'
import type { Logger } from './logger.ts'
import {
  MAX_STALL_MS,
  downgradeSchema,
  processDowngradeSchema,
  processUpgradeSchema,
  rollBackSchema,
  upgradeSchema,
} from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { hasEnded } from '../processes/lifecycle.ts'
import { ownCopy } from '../protocol/bytes/own-copy.ts'
import type { Process } from '../processes/process.ts'
import type { Activation } from '../processes/activation.ts'
import { isMoultError, withDetails } from '../protocol/errors.ts'
import type { RuntimeEmitter } from './runtime-events.ts'
import type {
  DowngradeOptions,
  ProcessDowngradeOptions,
  ProcessUpgradeOptions,
  RollBackOptions,
  UpgradeOptions,
} from '../upgrade/plan/options.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { RollProgress } from '../upgrade/plan/request.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import type { Scope } from '../upgrade/plan/selection.ts'
import type { UpgradeRequest } from '../upgrade/plan/request.ts'
import type { Upgrader } from '../upgrade/upgrader.ts'
import type { UnderWay } from '../timing/under-way.ts'
import type { EditSettings } from './watch.ts'

/** The parts of upgrades. */
export interface UpgradesParts {
  readonly upgrader: Upgrader
  readonly events: RuntimeEmitter
  readonly logger: Logger
  readonly underWay: UnderWay
}

/** A move of a code or a process, as a user asks for it. */
export interface AskedMove<Options = UpgradeOptions> {
  readonly direction: Direction
  readonly source: Source
  readonly options: Options | undefined
}

/** Upgrades on request: of a code, of one process, or by a process itself. Their ends are events of the runtime. */
export class Upgrades {
  readonly #upgrader: Upgrader
  readonly #events: RuntimeEmitter
  readonly #logger: Logger
  readonly #underWay: UnderWay
  /** Where processes have asked for a newer version, until that has ended. */
  readonly #asking = new Set<Activation>()

  constructor({ upgrader, events, logger, underWay }: UpgradesParts) {
    this.#upgrader = upgrader
    this.#events = events
    this.#logger = logger
    this.#underWay = underWay
  }

  async ofCode(line: CodeLine, { direction, source, options }: AskedMove): Promise<UpgradeReport> {
    const { only, ...settings } = codeSettings(direction, options)
    const scope: Scope = only === undefined ? { kind: 'whole' } : { kind: 'some', only }
    return this.#exclusive(line, () => ({ line, source, direction, scope, settings }))
  }

  async rollBack(line: CodeLine, options: RollBackOptions | undefined): Promise<UpgradeReport> {
    const settings = settingsOf(parseOptions('rollBack', rollBackSchema, options))
    // Only when nothing else is under way: which version was before may change until then.
    return this.#exclusive(line, () => ({ line, settings, ...wayBack(line) }))
  }

  /** An edit that a watch has seen. */
  async ofEdit(line: CodeLine, watch: string, options: EditSettings): Promise<UpgradeReport> {
    const whole = settingsOf(options)
    const request = { line, direction: 'upgrade', watch, settings: whole } as const
    const edit = (): Promise<UpgradeReport> => {
      // Only now: the awaited work may have been an upgrade to another file.
      const source = line.current.image.entry
      return this.#upgrader.upgrade({ ...request, source, scope: { kind: 'whole' } })
    }
    // A save that changes nothing is no failure.
    const isTold = (error: unknown): boolean => !isMoultError(error, 'IDENTICAL_VERSION')
    return this.#underWay.whileOpen(() => this.#announce(line, line.background(edit), isTold))
  }

  /** A version named by its label pins the process; one named by its file does not. */
  async ofProcess(
    process: Process,
    line: CodeLine,
    { direction, source, options }: AskedMove<ProcessUpgradeOptions>,
  ): Promise<UpgradeReport> {
    const settings = processSettings(direction, direction, options)
    const scope: Scope = { kind: 'one', process }
    const request = { line, source, direction, scope, settings }
    const isNamed = typeof source === 'string' && line.find(source) !== undefined
    const report = await this.#underWay.whileOpen(() => {
      if (hasEnded(process)) throw process.stoppedError()
      return this.#announce(
        line,
        line.shared(() => this.#upgrader.upgrade(request)),
      )
    })
    if (isNamed && line.processes.has(process)) line.pinned.add(process)
    else line.pinned.delete(process)
    return report
  }

  /**
   * A handler has asked for the newest version of its own code. Its process stands still until it is moved or told to
   * stay. Where it handles several messages at once, it goes on after a moment: one of them may take long.
   */
  async ofSelf(process: Process, activation: Activation, line: CodeLine): Promise<void> {
    // It serves while it waits for a handler that takes long, and may ask again for what is under way.
    if (this.#asking.has(activation)) {
      activation.stay()
      return
    }
    this.#asking.add(activation)
    const isFelt = activation.version.contract.concurrency > 1
    const goesOn = isFelt ? setTimeout(() => activation.stay(), MAX_STALL_MS) : undefined
    const move = async (): Promise<void> => {
      const target = line.newest
      // It may have been stopped, or moved with the whole code, during the wait.
      if (hasEnded(process)) return
      if (process.activation !== activation || !line.isNewer(target, activation.version)) return
      const settings = processSettings('upgradeSelf', 'upgrade', undefined)
      const source = target.contract.version
      const request = { line, source, direction: 'upgrade', settings } as const
      const scope: Scope = { kind: 'one', process }
      await this.#announce(line, this.#upgrader.upgrade({ ...request, scope }))
      // A label may have pinned it to the old version.
      line.pinned.delete(process)
    }
    // A failure has been announced as an event; there is no caller.
    await this.#underWay.whileOpen(() => line.shared(move)).catch(() => undefined)
    this.#asking.delete(activation)
    clearTimeout(goesOn)
    // Also while the process is being made anew in that activation.
    activation.stay()
  }

  #exclusive(line: CodeLine, request: () => UpgradeRequest): Promise<UpgradeReport> {
    const onProgress = (progress: RollProgress): void => {
      this.#events.announce('upgradeProgress', { codeName: line.name, ...progress })
    }
    const upgrade = async (): Promise<UpgradeReport> => {
      return this.#upgrader.upgrade({ ...request(), onProgress })
    }
    return this.#underWay.whileOpen(() => this.#announce(line, line.exclusive(upgrade)))
  }

  #warnOfPause({ codeName, pauseMs, budget }: UpgradeReport): void {
    if (budget?.isExceeded !== true) return
    const { maxPauseMs, stoodStillMs, estimatedMs } = budget
    const fields = { code: codeName, pauseMs, stoodStillMs, maxPauseMs, estimatedMs }
    this.#logger.warn('processes stood still for longer than maxPauseMs', fields)
  }

  async #announce(
    line: CodeLine,
    upgrade: Promise<UpgradeReport>,
    isTold: (error: unknown) => boolean = () => true,
  ): Promise<UpgradeReport> {
    try {
      const report = await upgrade
      this.#warnOfPause(report)
      this.#events.announce('upgraded', report)
      return report
    } catch (error) {
      const named = isMoultError(error) ? withDetails(error, { codeName: line.name }) : error
      const failure = { codeName: line.name, error: named as Error }
      if (isTold(error)) this.#events.announce('upgradeFailed', failure)
      throw named
    }
  }
}

/**
 * Where a roll back leads. After a move that stopped half-way the current version is still the one before it: those that
 * had been moved go back there, from an upgrade by a downgrade and the reverse.
 */
function wayBack(line: CodeLine): Pick<UpgradeRequest, 'source' | 'direction' | 'scope'> {
  const { halfWay } = line
  if (halfWay === undefined) {
    const source = line.previous.contract.version
    return { source, direction: 'downgrade', scope: { kind: 'whole', isRollBack: true } }
  }
  return {
    source: line.current.contract.version,
    direction: halfWay.direction === 'upgrade' ? 'downgrade' : 'upgrade',
    scope: { kind: 'half-way', halfWay },
  }
}

/** The settings of an upgrade or downgrade of a code. */
function codeSettings(direction: Direction, options: UpgradeOptions | undefined) {
  if (direction === 'upgrade') {
    return settingsOf(parseOptions(direction, upgradeSchema, options))
  }
  const back: DowngradeOptions | undefined = options
  return settingsOf(parseOptions(direction, downgradeSchema, back))
}

/** The settings of an upgrade or downgrade of one process. */
function processSettings(
  where: string,
  direction: Direction,
  options: ProcessUpgradeOptions | undefined,
) {
  if (direction === 'upgrade') {
    return settingsOf(parseOptions(where, processUpgradeSchema, options))
  }
  const back: ProcessDowngradeOptions | undefined = options
  return settingsOf(parseOptions(where, processDowngradeSchema, back))
}

/** The fields that all parsed options have. Those of a downgrade lack a proof. */
interface Parsed {
  readonly maxPauseMs: number
  readonly extra?: unknown
}

/** A downgrade has a dry run only to measure it. */
const withoutProof = { rehearse: { warm: 0 }, typecheck: false }

/** Parsed options of an upgrade, with a private copy of `extra`. */
function settingsOf<Settings extends Parsed>(parsed: Settings) {
  return { ...withoutProof, ...parsed, extra: ownCopy(parsed.extra, 'extra') }
}
