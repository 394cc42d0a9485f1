import type {
  LentServices,
  Log,
  ProcessContext,
  Resumed,
  Self,
} from '../../../src/protocol/definition/context.ts'
import { checkedTrace } from '../../../src/protocol/definition/trace.ts'
import type { TraceContext } from '../../../src/protocol/definition/trace.ts'
import { wrongValue } from '../../../src/protocol/wrong-value.ts'
import { checkNone } from './context-arguments.ts'
import type { Emit } from './emit.ts'
import type { HostContext } from './host-context.ts'

/** The handlers of a process, one of which has this context. */
interface HandlerOwner {
  /** The handler of this message needs the state no more. */
  letGo(sequence: number): void
  isRunning(sequence: number): boolean
  resumedOf(sequence: number): Resumed | undefined
}

/** The context of one handler: that of its process, and what is of this handler alone. */
export class HandlerContext implements ProcessContext {
  readonly #process: HostContext
  readonly #sequence: number
  readonly #owner: HandlerOwner
  #hasLetGo = false
  #signal: AbortSignal | undefined

  constructor(process: HostContext, sequence: number, owner: HandlerOwner) {
    this.#process = process
    this.#sequence = sequence
    this.#owner = owner
  }

  /** Whether the handler needs the state no more. */
  get hasLetGo(): boolean {
    return this.#hasLetGo
  }

  /** As the other functions, it can be taken out of the context. */
  get letGo(): () => void {
    return (...extra: unknown[]) => {
      checkNone('context.letGo', extra)
      if (this.#hasLetGo) return
      this.#hasLetGo = true
      this.#owner.letGo(this.#sequence)
    }
  }

  get self(): Self {
    return this.#process.self
  }

  /** Asked for by what the handler has left behind, it is that of the process. */
  get signal(): AbortSignal {
    this.#signal ??= this.#owner.isRunning(this.#sequence)
      ? this.#process.signalOf(this.#sequence)
      : this.#process.signal
    return this.#signal
  }

  get resumed(): Resumed | undefined {
    return this.#owner.resumedOf(this.#sequence)
  }

  get isReplay(): boolean {
    return false
  }

  get trace(): TraceContext | undefined {
    return this.#process.traceOf(this.#sequence)
  }

  set trace(given: TraceContext | undefined) {
    const trace = given === undefined ? undefined : checkedTrace('context', given)
    if (!this.#owner.isRunning(this.#sequence))
      throw wrongValue('context', 'trace', 'set while the handler runs', 'set behind its end')
    this.#process.setTrace(this.#sequence, trace)
  }

  get leaving(): AbortSignal {
    return this.#process.leaving
  }

  get log(): Log {
    return this.#process.log
  }

  get live(): unknown {
    return this.#process.live
  }

  get services(): LentServices {
    return this.#process.services
  }

  /** Made for this handler: its calls are told when its own caller waits no more. */
  get call(): ProcessContext['call'] {
    return this.#process.callOf(this.#sequence)
  }

  get cast(): ProcessContext['cast'] {
    return this.#process.castOf(this.#sequence)
  }

  get emit(): Emit {
    return this.#process.emit
  }

  get after(): ProcessContext['after'] {
    return this.#process.timedOf(this.#sequence).after
  }

  get every(): ProcessContext['every'] {
    return this.#process.timedOf(this.#sequence).every
  }

  get cron(): ProcessContext['cron'] {
    return this.#process.timedOf(this.#sequence).cron
  }

  get cancel(): ProcessContext['cancel'] {
    return this.#process.cancel
  }

  get monitor(): ProcessContext['monitor'] {
    return this.#process.monitor
  }

  get demonitor(): ProcessContext['demonitor'] {
    return this.#process.demonitor
  }

  get link(): ProcessContext['link'] {
    return this.#process.link
  }

  get unlink(): ProcessContext['unlink'] {
    return this.#process.unlink
  }

  get upgradeSelf(): ProcessContext['upgradeSelf'] {
    return this.#process.upgradeSelf
  }

  get transfer(): ProcessContext['transfer'] {
    return this.#process.transfer
  }
}
