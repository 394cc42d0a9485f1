import type { EndMonitor, SetMonitor } from '../protocol/wire/monitors.ts'
import type { Activation } from './activation.ts'
import { hasEnded } from './lifecycle.ts'
import { Monitor } from './monitor.ts'
import type { MonitorOwner } from './monitor.ts'
import type { ProcessExit } from './process-exit.ts'

/** A process that may be monitored. */
interface Monitored extends MonitorOwner {
  readonly label: string
}

/** The monitors of all processes of a runtime. They live where the mailboxes live and outlive the code. */
export class Monitors {
  /** By the process that is monitored. */
  readonly #of = new Map<Monitored, Set<Monitor>>()
  /** The other way round. */
  readonly #targets = new Map<Monitor, Monitored>()

  /** A handler in `activation` has set a monitor of its process, or ended one. `target` is the other process. */
  receive(
    owner: MonitorOwner,
    { version }: Activation,
    message: SetMonitor | EndMonitor,
    target: Monitored | undefined,
  ): void {
    this.#end(owner.monitors?.get(message.monitor))
    if (message.type === 'demonitor' || hasEnded(owner)) return
    const monitor = new Monitor(owner, message, version.declared)
    if (target === undefined || target.lifecycle === 'stopped') {
      return monitor.tell({ process: message.process, reason: 'no-process' })
    }
    owner.monitors ??= new Map()
    owner.monitors.set(monitor.name, monitor)
    this.#targets.set(monitor, target)
    const others = this.#of.get(target)
    if (others === undefined) this.#of.set(target, new Set([monitor]))
    else others.add(monitor)
  }

  /** A process has ended. */
  onExit(process: Monitored, exit: ProcessExit): void {
    for (const monitor of this.#of.get(process) ?? []) {
      this.#end(monitor)
      monitor.tell(exit)
    }
  }

  /** A process has been made anew. */
  onRestarted(process: Monitored): void {
    for (const monitor of this.#of.get(process) ?? []) {
      if (monitor.tellsRestarts) monitor.tell({ process: process.label, reason: 'restarted' })
    }
  }

  /** Ends all monitors that a process has set. */
  clear(owner: MonitorOwner): void {
    for (const monitor of owner.monitors?.values() ?? []) this.#end(monitor)
  }

  #end(monitor: Monitor | undefined): void {
    if (monitor === undefined) return
    const { owner, name } = monitor
    owner.monitors?.delete(name)
    if (owner.monitors?.size === 0) owner.monitors = undefined
    const target = this.#targets.get(monitor)
    this.#targets.delete(monitor)
    const others = target && this.#of.get(target)
    others?.delete(monitor)
    if (target !== undefined && others?.size === 0) this.#of.delete(target)
  }
}
