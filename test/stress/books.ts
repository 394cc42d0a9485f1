import type { AnyDefinition, ProcessRef, Runtime } from 'moult'
import type { Order } from './fixtures/behaviour.ts'
import { Ledger, allocateLedger } from './fixtures/ledger.ts'
import { Instance } from './instance.ts'
import type { Note } from './instance.ts'
import { judge } from './verdict.ts'

/** How long (ms) anything may take before it counts as hanging. Far above every deadline that operations use. */
const HANG_MS = 45_000

/** The driver's model: what was sent, what came back, what was done, and what of it does not fit. */
export class Books {
  readonly memory: SharedArrayBuffer
  readonly ledger: Ledger
  readonly violations: string[] = []
  /** Called at the first violation. */
  onViolation: () => void = () => {}
  readonly #byName = new Map<string, Instance>()
  readonly #open = new Map<object, { readonly what: string; readonly since: number }>()
  readonly #counts = new Map<string, Map<string, number>>()
  #lastMessage = 0
  #lastStream = 0
  #lastProcess = 0

  constructor(messages: number) {
    this.memory = allocateLedger(messages)
    this.ledger = new Ledger(this.memory)
  }

  get messages(): number {
    return this.#lastMessage
  }

  /** Whether the ledger has no room for what a sender might send at once. */
  get isFull(): boolean {
    return this.#lastMessage > this.ledger.capacity - 10_000
  }

  get instances(): Instance[] {
    return [...this.#byName.values()]
  }

  nextProcess(): number {
    return this.#lastProcess++
  }

  admit(
    index: number,
    name: string,
    ref: ProcessRef<AnyDefinition>,
    drops: boolean,
    versions: readonly number[],
  ): Instance {
    const instance = new Instance(index, name, ref, drops, versions)
    this.#byName.set(name, instance)
    return instance
  }

  /** Enters a message that is about to be sent. */
  enter(
    instance: Instance,
    sender: string,
    operation: string,
    kind: Note['kind'],
    transfers = false,
  ): { readonly note: Note; readonly order: Order } {
    const id = this.#lastMessage++
    const stream = instance.stream(sender, () => this.#lastStream++)
    const sentAt = performance.now()
    const note = { id, stream, operation, kind, transfers, sentAt, outcome: undefined }
    instance.notes.push(note)
    return { note, order: { ledger: this.memory, process: instance.index, id, stream } }
  }

  count(operation: string, outcome: string): void {
    const outcomes = this.#counts.get(operation) ?? new Map<string, number>()
    this.#counts.set(operation, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1))
  }

  get counts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#counts
  }

  /** Awaits `work`; should it hang, the watchdog says so. */
  async watched<Value>(what: string, work: Promise<Value>): Promise<Value> {
    const key = {}
    this.#open.set(key, { what, since: performance.now() })
    try {
      return await work
    } finally {
      this.#open.delete(key)
    }
  }

  /** Looks for what hangs and for what handlers have noticed. */
  check(): void {
    const now = performance.now()
    for (const [key, { what, since }] of this.#open) {
      if (now - since < HANG_MS) continue
      this.#open.delete(key)
      this.violate(`${what} has been open for ${Math.round((now - since) / 1000)} s`)
    }
    for (const each of this.ledger.violations()) {
      const name = this.instances.find(({ index }) => index === each.process)?.name
      const [one, other] = each.details
      this.violate(
        `${name ?? each.process}, message #${each.message}: ${each.kind}: ${one}, ${other}`,
      )
    }
  }

  violate(description: string): void {
    if (this.violations.includes(description)) return
    this.violations.push(description)
    this.onViolation()
  }

  /** A process has ended and each of its calls has been settled: its account is closed. */
  close(instance: Instance): void {
    for (const problem of judge(instance, this.ledger)) this.violate(problem)
    instance.notes = []
    this.#byName.delete(instance.name)
  }

  /** Enters what the runtime tells of its processes. */
  listen(runtime: Runtime): void {
    runtime.on('castFailed', ({ process, name, error }) => {
      const instance = this.#byName.get(process)
      const code = codeOf(error)
      if (instance === undefined || name === 'relayed') return
      if (code === 'E_STRESS') instance.castsThatThrew++
      else instance.lostCasts.push(code)
      this.count('event castFailed', code)
    })
    runtime.on('crashed', ({ process }) => {
      const instance = this.#byName.get(process)
      if (instance !== undefined) instance.crashes++
      this.count('event crashed', 'seen')
    })
    runtime.on('restarted', ({ process }) => {
      const instance = this.#byName.get(process)
      if (instance !== undefined) instance.restarts++
      this.count('event restarted', 'seen')
    })
    runtime.on('stopped', ({ process }) => {
      const instance = this.#byName.get(process)
      if (instance !== undefined) instance.hasStopped = true
    })
  }
}

/** The code of an error, or what else can be said of it in a word. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${typeof error}`
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : `${error.name}: ${error.message}`
}
