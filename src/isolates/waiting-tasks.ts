/** The queue of a pool, from which tasks can be taken that no thread will ever do. */
export class WaitingTasks<Task extends object> {
  readonly #tasks = new Set<Task>()

  get size(): number {
    return this.#tasks.size
  }

  push(task: Task): void {
    this.#tasks.add(task)
  }

  shift(): Task | null {
    const [first = null] = this.#tasks
    if (first !== null) this.#tasks.delete(first)
    return first
  }

  remove(task: Task): void {
    this.#tasks.delete(task)
  }

  /** Takes out those that are meant: the pool never hears of them again. */
  take(isMeant: (task: Task) => boolean): Task[] {
    const taken = [...this.#tasks].filter(isMeant)
    for (const task of taken) this.#tasks.delete(task)
    return taken
  }
}
