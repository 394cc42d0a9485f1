import { MoultError } from '../protocol/errors.ts'
import type { Process } from './process.ts'

/** The processes of a runtime, by name and by id. */
export class Registry {
  readonly #byId = new Map<string, Process>()
  readonly #byName = new Map<string, Process>()
  /** Names of processes that are starting. */
  readonly #reserved = new Set<string>()
  /** Processes that make their first state, by name and by id. */
  readonly #starting = new Map<string, Process>()
  #lastId = 0

  nextId(): string {
    for (;;) {
      const id = `p${++this.#lastId}`
      // A process with that name would hide the process with that id.
      if (!this.#byName.has(id) && !this.#reserved.has(id)) return id
    }
  }

  /** @throws MoultError `NAME_TAKEN` */
  reserve(name: string): void {
    if (this.#byName.has(name) || this.#reserved.has(name)) throw taken(name)
    this.#reserved.add(name)
  }

  release(name: string): void {
    this.#reserved.delete(name)
  }

  /** A process begins to make its first state. Until {@link endStart} only {@link findStarting} finds it. */
  beginStart(process: Process): void {
    this.#starting.set(process.id, process)
    this.#starting.set(process.label, process)
  }

  endStart(process: Process): void {
    for (const key of [process.id, process.label]) {
      if (this.#starting.get(key) === process) this.#starting.delete(key)
    }
  }

  findStarting(nameOrId: string): Process | undefined {
    return this.#starting.get(nameOrId)
  }

  add(process: Process): void {
    this.#byId.set(process.id, process)
    if (process.options.name !== undefined) this.#byName.set(process.options.name, process)
  }

  remove(process: Process): void {
    const { id, label } = process
    this.#byId.delete(id)
    if (this.#byName.get(label) !== process) return
    this.#byName.delete(label)
    this.#reserved.delete(label)
  }

  /** The process that has a name, where it is another one. */
  holderOf(name: string, process: Process): Process | undefined {
    const holder = this.#byName.get(name)
    return holder === process ? undefined : holder
  }

  /**
   * Gives a process another name, or none. One that has the name loses it where that is asked for.
   * @throws MoultError `NAME_TAKEN`
   */
  rename(process: Process, name: string | undefined, takesIt: boolean): void {
    if (name !== undefined && name !== process.label) {
      const holder = this.#byName.get(name)
      if (this.#reserved.has(name) || (holder !== undefined && !takesIt)) throw taken(name)
      if (holder !== undefined) this.#setName(holder, undefined)
    }
    this.#setName(process, name)
  }

  #setName(process: Process, name: string | undefined): void {
    if (this.#byName.get(process.label) === process) this.#byName.delete(process.label)
    if (name !== undefined) this.#byName.set(name, process)
    process.label = name ?? process.id
    const { activation, label } = process
    activation?.tell({ type: 'rename', slot: activation.slot, name: label })
  }

  byId(id: string): Process | undefined {
    return this.#byId.get(id)
  }

  /** A name goes before the id of another. */
  find(nameOrId: string): Process | undefined {
    return this.#byName.get(nameOrId) ?? this.#byId.get(nameOrId)
  }

  /** The process that a handler of `from` names. A cast waits for one that makes its first state, as for one made anew. */
  findFor(from: Process, nameOrId: string, isCall = false): Process | undefined {
    // Its own id is its own, also where another has that for a name.
    if (nameOrId === from.id || nameOrId === from.label) return from
    const starting = isCall ? undefined : this.findStarting(nameOrId)
    return this.find(nameOrId) ?? starting
  }

  all(): Process[] {
    return [...this.#byId.values()]
  }
}

function taken(name: string): MoultError {
  const details = { process: name, expected: 'a name that is not in use', received: name }
  return new MoultError('NAME_TAKEN', `a process named ${name} exists`, details)
}
