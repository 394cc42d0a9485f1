import type {
  LentServices,
  Log,
  ProcessContext,
  Self,
} from '../../../src/protocol/definition/context.ts'
import type { TraceContext } from '../../../src/protocol/definition/trace.ts'
import { MoultError } from '../../../src/protocol/errors.ts'
import type { OriginProcess } from '../async-contexts.ts'
import type { Outbox } from '../outbox.ts'
import type { OutgoingCalls, SentMessage } from '../outgoing-calls.ts'
import type { Scheduler } from '../scheduler.ts'
import { NO_SLOT, slotLog } from '../slot-log.ts'
import type { Version } from '../../state/version.ts'
import { wrongValue } from '../../../src/protocol/wrong-value.ts'
import { checkMessage, checkMoved, checkNone, selfCall } from './context-arguments.ts'
import { emitOf } from './emit.ts'
import type { Emit } from './emit.ts'
import { monitorFunctions } from './monitor-functions.ts'
import type { MonitorFunctions, UnplacedMonitor } from './monitor-functions.ts'
import { ProcessSignals } from './process-signals.ts'
import { timerFunctions } from './timer-functions.ts'
import type { TimerFunctions, UnplacedTimer } from './timer-functions.ts'

/** The parts that all processes of an isolate share, in one object: there may be a hundred thousand processes. */
export interface Surroundings {
  readonly version: Version
  readonly scheduler: Scheduler
  readonly outbox: Outbox
  readonly outgoing: OutgoingCalls
  readonly services: LentServices
}

/** The process of a context. */
export interface ContextOwner extends OriginProcess {
  /** Whether a handler could start beside those that run. */
  readonly hasRoom: boolean
  readonly resource: { readonly live: unknown } | undefined
  /** Asks for a newer version. */
  step(): void
}

type Taken = Pick<ProcessContext, 'cast' | 'upgradeSelf' | 'transfer'>

/** The context that all handlers of one process share. Rarely used parts are made at their first use. */
export class HostContext extends ProcessSignals implements ProcessContext {
  self: Self
  readonly #slot: number
  readonly #isolate: Surroundings
  readonly #host: ContextOwner
  /** Made at the first use of one. They can be taken out of the context. */
  #functions: Taken | undefined
  #timers: TimerFunctions | undefined
  #monitors: MonitorFunctions | undefined
  #emit: Emit | undefined
  #log: Log | undefined
  /**
   * Whether the process has left. Only a leftover such as a timer can still run here, and the slot may be another's.
   */
  #isGone = false

  constructor(slot: number, self: Self, isolate: Surroundings, host: ContextOwner) {
    super(host)
    this.#slot = slot
    this.self = self
    this.#isolate = isolate
    this.#host = host
  }

  /** The process has another name. */
  rename(name: string): void {
    this.self = Object.freeze({ ...this.self, name })
  }

  /** That of `init` and `open`, which no message has begun. */
  get trace(): TraceContext | undefined {
    return undefined
  }

  set trace(_: TraceContext | undefined) {
    throw wrongValue('context', 'trace', 'set by a handler', 'set where no message is handled')
  }

  /** `init` is never replayed. */
  get isReplay(): boolean {
    return false
  }

  get log(): Log {
    this.#log ??= slotLog(this.#isolate.outbox, () => (this.#isGone ? NO_SLOT : this.#slot))
    return this.#log
  }

  get live(): unknown {
    return this.#host.resource?.live
  }

  get services(): LentServices {
    return this.#isolate.services
  }

  /** Its last handler has ended here. */
  end(): void {
    this.#isGone = true
  }

  /** For `init`, which no message has begun. */
  get call(): ProcessContext['call'] {
    return this.callOf(undefined)
  }

  /** `call` as the handler of this message makes it. It can be taken out of the context. */
  callOf(sequence: number | undefined): ProcessContext['call'] {
    return async (process, name, payload, ...extra: unknown[]) => {
      checkMessage('context.call', process, name, extra)
      const trace = this.traceOf(sequence)
      const call = { sequence, process, name, payload }
      return this.#call(trace === undefined ? call : { ...call, trace })
    }
  }

  /** `cast` as the handler of this message makes it. */
  castOf(sequence: number): ProcessContext['cast'] {
    const trace = this.traceOf(sequence)
    return trace === undefined ? this.cast : this.#castIn(trace)
  }

  /** The functions about timers as the handler of this message calls them. */
  timedOf(sequence: number): TimerFunctions {
    const trace = this.traceOf(sequence)
    return trace === undefined ? this.#timed : this.#timedIn(trace)
  }

  get cast(): ProcessContext['cast'] {
    return this.#taken.cast
  }

  get emit(): Emit {
    this.#emit ??= emitOf(this.self.name, this.#isolate.version, (event, data) => {
      this.#checkHere()
      this.#isolate.outbox.event(this.#slot, event, data)
    })
    return this.#emit
  }

  get after(): ProcessContext['after'] {
    return this.#timed.after
  }

  get every(): ProcessContext['every'] {
    return this.#timed.every
  }

  get cron(): ProcessContext['cron'] {
    return this.#timed.cron
  }

  get cancel(): ProcessContext['cancel'] {
    return this.#timed.cancel
  }

  get monitor(): ProcessContext['monitor'] {
    return this.#monitored.monitor
  }

  get demonitor(): ProcessContext['demonitor'] {
    return this.#monitored.demonitor
  }

  get link(): ProcessContext['link'] {
    return this.#monitored.link
  }

  get unlink(): ProcessContext['unlink'] {
    return this.#monitored.unlink
  }

  get upgradeSelf(): ProcessContext['upgradeSelf'] {
    return this.#taken.upgradeSelf
  }

  get transfer(): ProcessContext['transfer'] {
    return this.#taken.transfer
  }

  get #taken(): Taken {
    this.#functions ??= {
      cast: this.#castIn(),
      upgradeSelf: (...extra: unknown[]) => {
        checkNone('context.upgradeSelf', extra)
        this.#host.step()
      },
      transfer: (value, buffers, ...extra: unknown[]) => {
        checkMoved(value, buffers, extra)
        this.#isolate.outbox.move(value, buffers)
        return value
      },
    }
    return this.#functions
  }

  get #timed(): TimerFunctions {
    return (this.#timers ??= this.#timedIn())
  }

  #timedIn(trace?: TraceContext): TimerFunctions {
    const { contract, toAnotherThread } = this.#isolate.version
    const post = (message: UnplacedTimer): void => this.#post(message, trace)
    return timerFunctions(this.self.name, contract, toAnotherThread, post)
  }

  get #monitored(): MonitorFunctions {
    const { contract } = this.#isolate.version
    this.#monitors ??= monitorFunctions(this.self.name, contract, (message) => this.#post(message))
    return this.#monitors
  }

  #post(message: UnplacedTimer | UnplacedMonitor, trace?: TraceContext): void {
    this.#checkHere()
    const isTraced = trace !== undefined && message.type === 'set-timer'
    const placed = { ...message, slot: this.#slot }
    this.#isolate.outbox.post(isTraced ? { ...message, slot: this.#slot, trace } : placed)
  }

  // The caller names the reply's type; the other process's contract decides the real one.
  async #call<Reply>(call: Omit<SentMessage, 'slot'>): Promise<Reply> {
    const { process, name } = call
    const isOwn = process === this.self.id || process === this.self.name
    if (isOwn && !this.#host.hasRoom) throw selfCall(this.self.name, name)
    this.#checkHere()
    return (await this.#isolate.outgoing.call({ slot: this.#slot, ...call })) as Reply
  }

  #castIn(trace?: TraceContext): ProcessContext['cast'] {
    return (process, name, payload, ...extra: unknown[]) => {
      checkMessage('context.cast', process, name, extra)
      this.#checkHere()
      const cast = { slot: this.#slot, sequence: undefined, process, name, payload }
      this.#isolate.outgoing.cast(trace === undefined ? cast : { ...cast, trace })
    }
  }

  /** Refuses messages of a process that has left: they would count as those of the next process in its slot. */
  #checkHere(): void {
    if (!this.#isGone) return
    const process = this.self.name
    const message = `${process} has left this isolate: what still runs of it here cannot send anything`
    throw new MoultError('PROCESS_STOPPED', message, { process })
  }

  /** `init` has nothing to let go of; handlers have contexts of their own. */
  letGo(...extra: unknown[]): void {
    checkNone('context.letGo', extra)
  }
}
