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
import type { ProbationSettings } from '../options/probation.ts'
import { hasEnded } from '../processes/lifecycle.ts'
import { ownCopy } from '../protocol/bytes/own-copy.ts'
import type { Process } from '../processes/process.ts'
import type { Diagnosis } from '../processes/activity/diagnosis.ts'
import type { Activation } from '../processes/activation.ts'
import { isMoultError, withDetails } from '../protocol/errors.ts'
import type { RuntimeEmitter } from './runtime-emitter.ts'
import type {
  DowngradeOptions,
  ProcessDowngradeOptions,
  ProcessUpgradeOptions,
  RollBackOptions,
  UpgradeOptions,
} from '../upgrade/plan/options.ts'
import type { Asked } from '../upgrade/report/asked.ts'
import type { UpgradeReport } from '../upgrade/report/report.ts'
import type { Direction } from '../protocol/wire/migration.ts'
import type { Scope } from '../upgrade/plan/selection.ts'
import type { UpgradeRequest } from '../upgrade/plan/request.ts'
import type { Claims } from '../upgrade/limits/claims.ts'
import type { Upgrader } from '../upgrade/upgrader.ts'
import type { UnderWay } from '../timing/under-way.ts'
import { stuckError } from './stuck-error.ts'
import { UpgradeEvents } from './upgrade-events.ts'
import type { EditSettings } from './watch.ts'

/** The parts of upgrades. */
export interface UpgradesParts {
  readonly upgrader: Upgrader
  readonly events: RuntimeEmitter
  readonly logger: Logger
  readonly underWay: UnderWay
  /** How new versions are on probation where nothing else is said. */
  readonly probation: ProbationSettings | false
  /** For those who check it. */
  readonly refOf: (process: Process) => unknown
  readonly diagnosis: Diagnosis
}

/** A move of a code or a process, as a user asks for it. */
export interface AskedMove<Options = UpgradeOptions> {
  readonly direction: Direction
  readonly source: Source
  readonly options: Options | undefined
}

/** What there is to say of an upgrade of a line, beside who is told of it. */
type LineRequest = Omit<UpgradeRequest, 'line' | 'id' | 'observer' | 'settings'> & {
  readonly settings: Omit<UpgradeRequest['settings'], 'probation'> & {
    readonly probation?: ProbationSettings | false | undefined
  }
}

/** Upgrades on request: of a code, of one process, or by a process itself. Their ends are events of the runtime. */
export class Upgrades {
  readonly #upgrader: Upgrader
  readonly #events: RuntimeEmitter
  readonly #logger: Logger
  readonly #underWay: UnderWay
  readonly #probation: ProbationSettings | false
  readonly #refOf: UpgradesParts['refOf']
  readonly #diagnosis: Diagnosis
  /** Where processes have asked for a newer version, until that has ended. */
  readonly #asking = new Set<Activation>()

  constructor(parts: UpgradesParts) {
    this.#upgrader = parts.upgrader
    this.#events = parts.events
    this.#logger = parts.logger
    this.#underWay = parts.underWay
    this.#probation = parts.probation
    this.#refOf = parts.refOf
    this.#diagnosis = parts.diagnosis
  }

  /** Processes that are moved alone. */
  get claims(): Claims {
    return this.#upgrader.claims
  }

  async ofCode(line: CodeLine, { direction, source, options }: AskedMove): Promise<UpgradeReport> {
    const { only, ...settings } = codeSettings(direction, options)
    const scope: Scope = only === undefined ? { kind: 'whole' } : { kind: 'some', only }
    const asked: Asked = { how: direction }
    return this.#exclusive(line, asked, direction, () => ({ source, direction, scope, settings }))
  }

  async rollBack(line: CodeLine, options: RollBackOptions | undefined): Promise<UpgradeReport> {
    const settings = settingsOf(parseOptions('rollBack', rollBackSchema, options))
    // Only when nothing else is under way: which version was before may change until then.
    const back = (): LineRequest => ({ settings, ...wayBack(line) })
    return this.#exclusive(line, { how: 'rollBack' }, directionBack(line), back)
  }

  /** An edit that a watch has seen. */
  async ofEdit(line: CodeLine, watch: string, options: EditSettings): Promise<UpgradeReport> {
    const whole = settingsOf(options)
    const request = { direction: 'upgrade', watch, settings: whole } as const
    const edit = (events: UpgradeEvents): Promise<UpgradeReport> => {
      // Only now: the awaited work may have been an upgrade to another file.
      const source = line.current.image.entry
      return this.#upgrade(line, events, { ...request, source, scope: { kind: 'whole' } })
    }
    return this.#underWay.whileOpen(() =>
      this.#tell(line, { how: 'watch' }, 'upgrade', (events) =>
        line.background(() => edit(events)),
      ),
    )
  }

  /** A version named by its label pins the process; one named by its file does not. */
  async ofProcess(
    process: Process,
    line: CodeLine,
    { direction, source, options }: AskedMove<ProcessUpgradeOptions>,
  ): Promise<UpgradeReport> {
    const settings = processSettings(direction, direction, options)
    const scope: Scope = { kind: 'one', process }
    const request = { source, direction, scope, settings }
    const isNamed = typeof source === 'string' && line.find(source) !== undefined
    const report = await this.#underWay.whileOpen(() => {
      if (hasEnded(process)) throw process.stoppedError()
      return this.#tell(line, { how: direction }, direction, (events) =>
        line.shared(() => this.#upgrade(line, events, request)),
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
      const request = { source, direction: 'upgrade', settings } as const
      const scope: Scope = { kind: 'one', process }
      await this.#tell(line, { how: 'self' }, 'upgrade', (events) =>
        this.#upgrade(line, events, { ...request, scope }),
      )
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

  #exclusive(
    line: CodeLine,
    asked: Asked,
    direction: Direction,
    request: () => LineRequest,
  ): Promise<UpgradeReport> {
    return this.#underWay.whileOpen(() =>
      this.#tell(line, asked, direction, (events) =>
        line.exclusive(async () => this.#upgrade(line, events, request())),
      ),
    )
  }

  #upgrade(line: CodeLine, events: UpgradeEvents, request: LineRequest): Promise<UpgradeReport> {
    const probation = this.#probationOf(request.settings)
    const settings = { ...request.settings, probation }
    return this.#upgrader.upgrade({ ...request, settings, line, id: events.id, observer: events })
  }

  /** Its check is given references. */
  #probationOf({ probation = this.#probation }: LineRequest['settings']) {
    if (probation === false || probation.check === undefined) return probation
    const { check } = probation
    return { ...probation, check: (process: unknown) => check(this.#refOf(process as Process)) }
  }

  /** Tells of an upgrade, from its start to its end. */
  async #tell(
    line: CodeLine,
    asked: Asked,
    direction: Direction,
    upgrade: (events: UpgradeEvents) => Promise<UpgradeReport>,
  ): Promise<UpgradeReport> {
    const events = new UpgradeEvents(this.#events, line, direction, asked)
    try {
      const report = await upgrade(events)
      this.#warnOfPause(report)
      events.end(report)
      return report
    } catch (reason) {
      const error = await stuckError(reason, line, this.#diagnosis)
      const named = isMoultError(error) ? withDetails(error, { codeName: line.name }) : error
      // A save that changes nothing is no failure.
      const isNone = asked.how === 'watch' && isMoultError(error, 'IDENTICAL_VERSION')
      if (!isNone) events.fail(named as Error)
      throw named
    }
  }

  #warnOfPause({ codeName, pauseMs, budget }: UpgradeReport): void {
    if (budget?.isExceeded !== true) return
    const { maxPauseMs, stoodStillMs, estimatedMs } = budget
    const fields = { code: codeName, pauseMs, stoodStillMs, maxPauseMs, estimatedMs }
    this.#logger.warn('processes stood still for longer than maxPauseMs', fields)
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
    direction: directionBack(line),
    scope: { kind: 'half-way', halfWay },
  }
}

function directionBack({ halfWay }: CodeLine): Direction {
  return halfWay?.direction === 'downgrade' ? 'upgrade' : 'downgrade'
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
const withoutProof = { rehearse: { warm: 0 }, typecheck: false, allowWider: false }

/** Parsed options of an upgrade, with a private copy of `extra`. */
function settingsOf<Settings extends Parsed>(parsed: Settings) {
  return { ...withoutProof, ...parsed, extra: ownCopy(parsed.extra, 'extra') }
}
