import { MoultError } from '../protocol/errors.ts'
import type { EndLink, SetLink } from '../protocol/wire/links.ts'
import { hasEnded } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'

/** A process that may be linked. */
interface Linked {
  readonly id: string
  readonly label: string
  readonly lifecycle: Lifecycle
}

/** The links between the processes of a runtime. Each goes both ways. They outlive the code. */
export class Links<Process extends Linked> {
  readonly #of = new Map<Process, Set<Process>>()
  readonly #die: (process: Process, cause: MoultError) => void

  /** `die` takes the state of a process away: its restart decides what becomes of it. */
  constructor(die: (process: Process, cause: MoultError) => void) {
    this.#die = die
  }

  /** A handler has linked its process to `target`, or ended the link. */
  receive(from: Process, { type, process }: SetLink | EndLink, target: Process | undefined): void {
    if (hasEnded(from) || target === from) return
    if (type === 'unlink') {
      if (target !== undefined) this.#unlink(from, target)
    } else if (target === undefined || hasEnded(target)) {
      const details = { process, expected: 'a process to link to', received: process }
      const cause = new MoultError('UNKNOWN_PROCESS', `there is no process ${process}`, details)
      this.#die(from, linkedExit(from, process, cause))
    } else {
      this.#add(from, target)
      this.#add(target, from)
    }
  }

  /** A process has died, and with it those that are linked to it. */
  onDeath(process: Process, cause: MoultError): void {
    const others = [...(this.#of.get(process) ?? [])]
    this.clear(process)
    for (const each of others) this.#die(each, linkedExit(each, process.label, cause))
  }

  /** Ends all links of a process. */
  clear(process: Process): void {
    for (const each of this.#of.get(process) ?? []) this.#unlink(process, each)
  }

  #add(from: Process, to: Process): void {
    const others = this.#of.get(from)
    if (others === undefined) this.#of.set(from, new Set([to]))
    else others.add(to)
  }

  #unlink(one: Process, other: Process): void {
    this.#remove(one, other)
    this.#remove(other, one)
  }

  #remove(from: Process, to: Process): void {
    const others = this.#of.get(from)
    others?.delete(to)
    if (others?.size === 0) this.#of.delete(from)
  }
}

function linkedExit({ label }: Linked, other: string, cause: MoultError): MoultError {
  const message = `${label} died with ${other}, to which it was linked: ${cause.message}`
  return new MoultError('LINKED_EXIT', message, { process: label, cause })
}
