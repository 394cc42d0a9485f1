import type { Phase, ProcessReport, UpgradeReport } from 'moult'
import { setTimeout as delay } from 'node:timers/promises'
import { undoablePhases } from '../support/undoable-phases.ts'
import { codeOf } from './books.ts'
import { withAmbush } from './faults.ts'
import type { Ambush } from './faults.ts'
import type { MigrationFault } from './fixtures/behaviour.ts'
import type { Instance } from './instance.ts'
import type { Random } from './random.ts'
import { Sender } from './sender.ts'
import type { Line, Move, World } from './world.ts'

const faults = ['throw', 'uncloneable', 'never', 'spin', 'exit', 'exit-soon'] as const

type Mishap = 'none' | 'migration' | 'file' | 'ambush'
type Deed = 'throw' | 'abort' | 'wait' | 'crash' | 'burst' | 'stop'

/** All that an upgrade draws before it is known what it will meet. */
interface Drawn {
  readonly direction: 'upgrade' | 'downgrade'
  readonly isWhole: boolean
  readonly whom: number
  readonly target: 1 | 2 | 3
  readonly mishap: Mishap
  readonly fault: MigrationFault | undefined
  readonly file: string
  readonly phase: Phase
  readonly deed: Deed
  readonly rehearse: boolean
  readonly copy: 'ahead' | 'whole'
  readonly isLimited: boolean
  readonly suspendTimeoutMs: number
  readonly restMs: number
}

function draw(random: Random, wholes: number): Drawn {
  const mishap = random.weighted<Mishap>({ none: 10, migration: 4, file: 1, ambush: 6 })
  const target = random.pick([1, 2, 3] as const)
  const fault = random.pick(faults)
  const broken = random.pick(['throws.ts', 'no-definition.ts', 'unresolved.mjs'])
  return {
    direction: random.chance(0.5) ? 'upgrade' : 'downgrade',
    isWhole: random.chance(wholes),
    whom: random.integer(0, 100),
    target,
    mishap,
    fault: mishap === 'migration' ? fault : undefined,
    file: mishap === 'file' ? broken : `v${target}.ts`,
    phase: random.pick(undoablePhases.filter((phase) => phase !== 'probation')),
    deed: random.pick(['throw', 'abort', 'wait', 'crash', 'burst', 'stop'] as const),
    rehearse: random.chance(0.7),
    copy: random.chance(0.2) ? 'whole' : 'ahead',
    isLimited: random.chance(0.3),
    suspendTimeoutMs: random.chance(0.2) ? random.integer(1, 20) : 1000,
    restMs: random.integer(0, 120),
  }
}

/** Upgrades and downgrades a code (`wholes` is how often), else single processes of it, until the world ends. */
export async function runUpgrades(
  world: World,
  line: Line,
  random: Random,
  wholes: number,
): Promise<void> {
  while (world.goesOn()) {
    const drawn = draw(random, wholes)
    await delay(drawn.restMs)
    if (!world.goesOn()) return
    const slot = line.slots[drawn.whom % line.slots.length]
    const only = drawn.isWhole ? undefined : slot?.current
    if (!drawn.isWhole && only === undefined) continue
    await new Upgrade(world, line, drawn, only).run()
  }
}

/** What an upgrade may end with though nothing was done to it: handlers are slow, processes die and stop. */
const always = [
  'IDENTICAL_VERSION',
  'UPGRADE_IN_PROGRESS',
  'SUSPEND_TIMEOUT',
  'PROCESS_BUSY',
  'PROCESS_STOPPED',
  'ISOLATE_EXITED',
]

/** One upgrade from its begin to its end, and what must be true of it. */
class Upgrade {
  readonly #world: World
  readonly #line: Line
  readonly #drawn: Drawn
  readonly #only: Instance | undefined
  readonly #move: Move
  readonly #abort = new AbortController()
  readonly #ambush: Ambush | undefined

  constructor(world: World, line: Line, drawn: Drawn, only: Instance | undefined) {
    this.#world = world
    this.#line = line
    this.#drawn = drawn
    this.#only = only
    const begin = world.books.ledger.tick
    this.#move = { begin, target: drawn.target, instances: new Map() }
    if (drawn.mishap !== 'ambush') return
    this.#ambush = { phase: drawn.phase, act: () => this.#spring(), isSprung: false }
  }

  get #title(): string {
    const { direction, target, mishap, fault, file, phase, deed } = this.#drawn
    const what = {
      none: '',
      migration: `, fault ${fault}`,
      file: `, ${file}`,
      ambush: `, ${deed} at ${phase}`,
    }
    const whom = this.#only?.name ?? this.#line.name
    return `${direction} of ${whom} to ${target}${what[mishap]}`
  }

  /** What it is counted as. */
  get #kind(): string {
    const { direction, mishap, fault, deed } = this.#drawn
    const what = {
      none: '',
      migration: `: migration ${fault}`,
      file: ': bad file',
      ambush: `: ${deed}`,
    }
    return `${direction} of ${this.#only === undefined ? 'all' : 'one'}${what[mishap]}`
  }

  async run(): Promise<void> {
    const { books } = this.#world
    this.#begin()
    this.#world.trace(this.#line.name, () => this.#title)
    this.#springLater()
    let report: UpgradeReport | undefined
    try {
      report = await books.watched(
        this.#title,
        withAmbush(this.#ambush, () => this.#start()),
      )
    } catch (error) {
      this.#checkRejected(error)
    }
    if (report !== undefined) this.#checkResolved(report)
    this.#end()
    this.#world.trace(this.#line.name, () => `${this.#title}: ${report ? 'done' : 'rejected'}`)
  }

  #begin(): void {
    const { slots, moves } = this.#line
    const touched = this.#only ? [this.#only] : slots.flatMap(({ current }) => current ?? [])
    for (const instance of touched) {
      this.#move.instances.set(instance, { from: instance.version, wasThere: true })
      instance.beginMove(this.#move.begin, this.#move.target)
    }
    if (this.#only === undefined) moves.add(this.#move)
  }

  #start(): Promise<UpgradeReport> {
    const { direction, file, rehearse, copy, isLimited, fault, mishap } = this.#drawn
    const folder = mishap === 'file' ? '' : `${this.#line.name}/`
    const url = new URL(`./fixtures/${folder}${file}`, import.meta.url)
    const options = {
      ...(isLimited ? { maxPauseMs: 60_000 } : direction === 'upgrade' && { rehearse }),
      copy,
      suspendTimeoutMs: this.#drawn.suspendTimeoutMs,
      extra: { fault },
      signal: this.#abort.signal,
      codeChangeTimeoutMs: fault === 'never' || fault === 'spin' ? 60 : 20_000,
    }
    const { code } = this.#line
    if (this.#only !== undefined) return this.#only.ref[direction](url, options)
    return code[direction](url, { ...options, mode: 'atomic' })
  }

  /** Where there are no fault points, after some time. */
  #springLater(): void {
    const { deed, whom } = this.#drawn
    if (this.#ambush === undefined || this.#world.hasFaultPoints) return
    if (deed !== 'throw') setTimeout(() => void this.#spring(), whom)
  }

  /** At the drawn phase, in the midst of the upgrade. */
  async #spring(): Promise<void> {
    const { deed, whom } = this.#drawn
    const touched = [...this.#move.instances.keys()]
    const instance = touched[whom % Math.max(1, touched.length)]
    const sender = new Sender(this.#world, `${this.#title} (${this.#move.begin})`)
    if (deed === 'throw') throw new RangeError('the fault point was told to throw')
    if (deed === 'abort') this.#abort.abort()
    if (deed === 'wait') await delay(whom)
    if (instance === undefined) return
    if (deed === 'crash') sender.cast(instance, 'castCrash', { how: 'exit' })
    if (deed === 'burst') for (let left = 50; left > 0; left--) sender.cast(instance, 'castNote')
    if (deed === 'stop') {
      const stopped = this.#world.books.watched(`stop at ${this.#title}`, instance.ref.stop())
      void stopped.catch((error: unknown) => this.#world.books.violate(`stop: ${String(error)}`))
    }
    // Time for it to happen before the phase begins.
    if (deed === 'crash' || deed === 'burst') await delay(whom % 10)
  }

  #checkRejected(error: unknown): void {
    const { mishap, fault, deed } = this.#drawn
    const expected = new Set(always)
    if (mishap === 'migration') for (const code of codesOf[fault!]) expected.add(code)
    if (mishap === 'file') for (const code of fileCodes) expected.add(code)
    if (this.#ambush?.isSprung === true && deed === 'throw') expected.add('UPGRADE_FAILED')
    if (this.#abort.signal.aborted) expected.add('UPGRADE_ABORTED')
    if (this.#world.isClosing) expected.add('UPGRADE_ABORTED').add('PROCESS_STOPPED')
    this.#world.conclude(this.#kind, this.#title, error, codeOf(error), expected)
    // What the error does not say is the phase.
    const { phase } = error as { phase?: unknown }
    const hasPhase = typeof phase === 'string' || phaseless.has(codeOf(error))
    if (!hasPhase) this.#violate(`rejected without a phase: ${codeOf(error)}`)
    for (const [instance, { from, wasThere }] of this.#move.instances) {
      if (wasThere && this.#isAlone && instance.version !== from) {
        this.#violate(`rejected, but ${instance.name} went from ${from} to ${instance.version}`)
      }
    }
  }

  #checkResolved(report: UpgradeReport): void {
    const { mishap, fault, deed, target, phase } = this.#drawn
    this.#world.books.count(this.#kind, 'ok')
    const mustFail = mishap === 'file' || (mishap === 'migration' && fault !== 'exit-soon')
    if (mustFail && report.processes.length > 0) this.#violate('resolved, but had to fail')
    const isBarred = deed === 'throw' || (deed === 'abort' && phase !== 'resume')
    if (this.#ambush?.isSprung === true && isBarred)
      this.#violate('resolved in spite of its ambush')
    if (report.to.version !== `${target}.0.0`) this.#violate(`went to ${report.to.version}`)
    for (const process of report.processes) {
      this.#checkProcess(process)
      const { way = 'small', why = '' } = process.copied ?? {}
      this.#world.books.count(`${this.#drawn.direction}: state goes`, `${way} ${why}`.trim())
    }
    if (this.#only !== undefined) return
    const { version } = this.#line.code.version
    if (this.#line.moves.size === 1 && version !== `${target}.0.0`) {
      this.#violate(`resolved, but new processes get ${version}`)
    }
  }

  #checkProcess({ name, oldThread, pauseMs }: ProcessReport): void {
    // Others may still live in the one that it shared.
    const isShared = this.#line.name === 'beta' && oldThread === undefined
    if (!isShared && !((oldThread?.threadId ?? 0) >= 1)) {
      this.#violate(`${name}: the old thread's exit was not seen`)
    }
    if (!(pauseMs >= 0)) this.#violate(`${name}: a pause of ${pauseMs} ms`)
    const instance = [...this.#move.instances.keys()].find((each) => each.name === name)
    if (instance === undefined) return
    if (this.#isAlone && !instance.hasStopped && instance.version !== this.#drawn.target) {
      this.#violate(`resolved, but ${name} runs ${instance.version}`)
    }
    // The next message must be handled by the new version: the books will tell.
    const sender = new Sender(this.#world, `after ${this.#title} (${this.#move.begin})`)
    void sender.call(instance, 'number')
  }

  #end(): void {
    const { books } = this.#world
    this.#line.moves.delete(this.#move)
    for (const [instance, { from }] of this.#move.instances) {
      instance.endMove(this.#move.begin, books.ledger.tick, from)
    }
  }

  /** Whether no other upgrade could have changed a version meanwhile. */
  get #isAlone(): boolean {
    return [...this.#move.instances.keys()].every((instance) => !instance.isShared)
  }

  #violate(what: string): void {
    this.#world.books.violate(`${this.#title}: ${what}`)
  }
}

/** Refused before there was a phase. */
const phaseless = new Set([
  'UPGRADE_IN_PROGRESS',
  'RUNTIME_CLOSED',
  'PROCESS_STOPPED',
  'UPGRADE_ABORTED',
])

const fileCodes = ['LOAD_FAILED', 'NOT_A_DEFINITION', 'UNRESOLVED_IMPORT']

/** What a migration's misbehaviour is known by. */
const codesOf: Readonly<Record<MigrationFault, readonly string[]>> = {
  throw: ['CODE_CHANGE_FAILED', 'DOWNGRADE_FAILED'],
  uncloneable: ['UNCLONEABLE_STATE'],
  never: ['CODE_CHANGE_TIMEOUT'],
  spin: ['CODE_CHANGE_TIMEOUT'],
  exit: ['ISOLATE_EXITED'],
  'exit-soon': ['ISOLATE_EXITED'],
}
