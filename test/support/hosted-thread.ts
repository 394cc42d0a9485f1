import type { AuditedMessage } from '../../src/protocol/wire/control.ts'
import { Control } from '../../src/protocol/wire/messages.ts'
import type { Birth } from '../../src/protocol/wire/messages.ts'
import { ProgressPages } from '../../src/protocol/wire/progress-pages.ts'
import type { Request } from '../../src/protocol/wire/requests.ts'
import { init } from '../../workers/isolate/process/activate.ts'
import type { Hosts } from '../../workers/isolate/process/batch.ts'
import type { Surroundings } from '../../workers/isolate/process/host-context.ts'
import { Outbox } from '../../workers/isolate/outbox.ts'
import { ProcessHost } from '../../workers/isolate/process/process-host.ts'
import { OutgoingCalls } from '../../workers/isolate/outgoing-calls.ts'
import { Requests } from '../../workers/isolate/requests.ts'
import { Scheduler } from '../../workers/isolate/scheduler.ts'
import { Version } from '../../workers/state/version.ts'
import { MemoryIsolate } from './memory-isolate.ts'
import type { Entry, ToThread } from './posted.ts'

/** The thread of an isolate in memory: it hosts processes as a real one does, and reads when a test says so. */
export class HostedThread implements Hosts {
  readonly isolate = new MemoryIsolate({
    audit: (messages) => this.#audit(messages),
    ahead: (slot) => this.hostOf(slot).attachments.tables.ahead,
  })
  /** What main has asked when processes moved, as far as it has been read. */
  readonly asked: Request[] = []
  readonly #surroundings: Surroundings
  readonly #requests: Requests
  readonly #pages = new ProgressPages()
  readonly #hosts = new Map<number, ProcessHost>()
  readonly #unread: ToThread[] = []

  constructor(definition: object) {
    const outbox = new Outbox(this.isolate.threadPort)
    this.#surroundings = {
      version: new Version(definition),
      scheduler: new Scheduler(),
      outbox,
      outgoing: new OutgoingCalls(outbox),
      services: {},
    }
    this.#requests = new Requests(outbox, this)
    this.#pages.add(this.isolate.slots.firstPage)
  }

  /** Reads what main has posted, or the oldest of it, and handles what can be. */
  run(count = Infinity): void {
    if (this.isolate.exit !== undefined || this.isolate.isHeld) return
    this.#unread.push(...this.isolate.read())
    for (const message of this.#unread.splice(0, count)) this.#receive(message)
    this.#surroundings.scheduler.run()
  }

  #receive(message: ToThread): void {
    if ('kind' in message) return this.#deliver(message)
    if (!('slot' in message)) return this.#answer(message)
    const host = this.hostOf(message.slot)
    switch (message.type) {
      case 'deliver-moved':
        return host.receiveMoved(message)
      case 'forget':
        return host.forget(message)
      case 'roll-back':
        return host.rollBack()
      case 'go':
        return host.pump()
      case 'stay':
        return host.stay()
      case 'given-up':
        return host.context.abandonUpgrade()
    }
  }

  /** Each fits that its operation takes. */
  #audit(messages: readonly (AuditedMessage | null)[]): Promise<(string | null)[]> {
    const judged = messages.map(async (message) => {
      if (message !== null) await this.version.operation(message.operation).accept(message.payload)
      return null
    })
    return Promise.all(judged)
  }

  #answer(message: Exclude<ToThread, { readonly slot: number }>): void {
    // No handler of a test calls another process.
    if (message.type === 'answer') throw new Error('nothing was asked')
    if (message.type === 'more-progress') return this.#pages.add(message.page)
    this.asked.push(message)
    this.#requests.answer(message)
  }

  #deliver({ slot, sequence, kind, value }: Entry): void {
    if (kind === Control.Init) {
      const [id, name, args] = value as Birth
      return init(this.activate(slot, id, name), () => args, slot, this.#surroundings.outbox)
    }
    const host = this.hostOf(slot)
    if (kind === Control.Deactivate) {
      this.#hosts.delete(slot)
      return host.deactivate()
    }
    host.receive({ sequence, operation: kind, batch: [value], at: 0, end: 1 })
    this.#surroundings.scheduler.add(host)
  }

  activate(slot: number, id: string, name: string): ProcessHost {
    const self = { id, name, version: this.#surroundings.version.contract.version }
    const host = new ProcessHost(slot, self, this.#pages.cell(slot), this.#surroundings)
    this.#hosts.set(slot, host)
    return host
  }

  hostOf(slot: number): ProcessHost {
    const host = this.#hosts.get(slot)
    if (host === undefined) throw new RangeError(`no process in slot ${slot}`)
    return host
  }

  findHost(slot: number): ProcessHost | undefined {
    return this.#hosts.get(slot)
  }

  get version(): Version {
    return this.#surroundings.version
  }

  /** No process of a test has tables. */
  takeAhead(): undefined {
    return undefined
  }
}
