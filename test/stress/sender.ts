import type { MessageOptions } from 'moult'
import type { RelayReceipt } from './fixtures/behaviour.ts'
import { codeOf } from './books.ts'
import type { Instance, LooseRef, Note, OrderFor } from './instance.ts'
import type { World } from './world.ts'

/** What may become of any message: its process dies, stops, or is full. */
const always = [
  'ok',
  'accepted',
  'ISOLATE_EXITED',
  'PROCESS_STOPPED',
  'RESTART_LIMIT',
  'MAILBOX_FULL',
] as const

export interface Sending {
  readonly options?: MessageOptions
  readonly extra?: Readonly<Record<string, unknown>>
  /** Codes it may end with beside those that any message may. */
  readonly codes?: readonly string[]
  /** Is given the reply. @returns what does not fit. */
  readonly judge?: (reply: unknown) => string | undefined
}

/** Sends messages in its own order and books each of them. */
export class Sender {
  readonly world: World
  readonly name: string

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
  }

  /** A call; resolves when it has been settled either way. False when the process did not take it. */
  async call(instance: Instance, operation: string, sending: Sending = {}): Promise<boolean> {
    const { options = {}, extra = {}, codes = [], judge } = sending
    const transfers = options.transfer !== undefined
    const { note, order } = this.world.books.enter(
      instance,
      this.name,
      operation,
      'call',
      transfers,
    )
    this.world.trace(this.name, () => `call ${operation} #${note.id} to ${instance.name}`)
    const ref = instance.ref.with(options) as unknown as LooseRef
    const reply = ref.call(operation, { ...order, ...extra })
    const what = `${operation} #${note.id} of ${this.name} to ${instance.name}`
    try {
      const given = await this.world.books.watched(what, reply)
      this.#checkReply(note, given)
      const problem = judge?.(given)
      if (problem !== undefined) this.world.books.violate(`${what}: ${problem}`)
      this.#conclude(note, undefined, 'ok', codes)
    } catch (error) {
      this.#conclude(note, error, codeOf(error), codes)
    }
    return note.outcome !== 'PROCESS_STOPPED'
  }

  /** A cast. False when the process did not take it. */
  cast(instance: Instance, operation: string, extra: object = {}): boolean {
    const { note, order } = this.world.books.enter(instance, this.name, operation, 'cast')
    this.world.trace(this.name, () => `cast ${operation} #${note.id} to ${instance.name}`)
    try {
      instance.loose.cast(operation, { ...order, ...extra })
      this.#conclude(note, undefined, 'accepted', [])
    } catch (error) {
      this.#conclude(note, error, codeOf(error), [])
    }
    return note.outcome === 'accepted'
  }

  /** A call or cast that makes its process send a message on to another. */
  async relay(through: Instance, to: Instance, isCall: boolean): Promise<boolean> {
    const books = this.world.books
    const stream = `${this.name} through ${through.name}`
    const inner = books.enter(to, stream, isCall ? 'note' : 'relayed', 'inner')
    const extra: Omit<OrderFor, keyof typeof inner.order> = { to: to.name, inner: inner.order }
    if (!isCall) return this.cast(through, 'castRelay', extra)
    const { note, order } = books.enter(through, this.name, 'relay', 'call')
    const what = `relay #${note.id} of ${this.name} through ${through.name} to ${to.name}`
    try {
      const reply = through.loose.call('relay', { ...order, ...extra })
      const receipt = (await books.watched(what, reply)) as RelayReceipt
      inner.note.outcome = receipt.inner === 'ok' ? 'ok' : receipt.inner.code
      const codes = ['UNKNOWN_PROCESS']
      this.world.conclude('relayed call', what, undefined, inner.note.outcome, expected(codes))
      this.#conclude(note, undefined, 'ok', [])
    } catch (error) {
      this.#conclude(note, error, codeOf(error), [])
    }
    return note.outcome !== 'PROCESS_STOPPED'
  }

  #conclude(note: Note, error: unknown, code: string, codes: readonly string[]): void {
    note.outcome = code
    note.wasAmidst = error instanceof Error && error.message.includes('was stopped while')
    const who = `#${note.id} by ${this.name}`
    this.world.conclude(`${note.kind} ${note.operation}`, who, error, code, expected(codes))
  }

  /** A reply must be the reply to this message. */
  #checkReply(note: Note, reply: unknown): void {
    const id = typeof reply === 'number' ? reply : (reply as { id?: unknown } | undefined)?.id
    if (id === note.id) return
    this.world.books.violate(`call #${note.id} got the reply to #${String(id)}`)
  }
}

function expected(codes: readonly string[]): Set<string> {
  return new Set([...always, ...codes])
}
