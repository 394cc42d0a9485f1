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
    if (this.#byName.has(name) || this.#reserved.has(name)) {
      const details = { process: name, expected: 'a name that is not in use', received: name }
      throw new MoultError('NAME_TAKEN', `a process named ${name} exists`, details)
    }
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
    this.#byId.delete(process.id)
    if (process.options.name === undefined) return
    this.#byName.delete(process.options.name)
    this.#reserved.delete(process.options.name)
  }

  byId(id: string): Process | undefined {
    return this.#byId.get(id)
  }

  /** A name goes before the id of another. */
  find(nameOrId: string): Process | undefined {
    return this.#byName.get(nameOrId) ?? this.#byId.get(nameOrId)
  }

  all(): Process[] {
    return [...this.#byId.values()]
  }
}
