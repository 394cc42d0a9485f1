/** How long (ms) main handles what threads have posted before its other work has a turn. */
const TURN_MS = 5
/** So many that have been read are kept until their list is made anew. */
const MAX_READ = 1024

/** Takes what has been posted at one port, in order. */
export interface PortReader {
  read(message: unknown): void
}

interface Unread {
  readonly reader: PortReader
  readonly message: unknown
}

/**
 * What threads have posted to main, in turns. Node reads a port until it is empty: where a reply makes main work, and
 * another reply has come by then, all else would wait for thousands of them. So after {@link TURN_MS} what comes is put
 * aside, main goes once round its event loop, and then it is read.
 */
export class MainTurns {
  #unread: Unread[] = []
  /** How many of them have been read. */
  #head = 0
  #began = -Infinity

  /** Reads a message at once, or in main's next turn where this one has lasted long. */
  receive(reader: PortReader, message: unknown): void {
    const isNext = this.#unread.length === this.#head
    if (isNext && performance.now() - this.#began < TURN_MS) return reader.read(message)
    if (isNext) setImmediate(this.#begin)
    this.#unread.push({ reader, message })
  }

  /** Reads all that has come to one reader, or to any. */
  readAll(only?: PortReader): void {
    const all = this.#unread.splice(0).slice(this.#head)
    this.#head = 0
    let at = 0
    try {
      while (at < all.length) {
        const each = all[at++] as Unread
        if (only === undefined || each.reader === only) each.reader.read(each.message)
        else this.#unread.push(each)
      }
    } finally {
      // Those behind one that throws are read in their turn.
      if (at < all.length) this.#unread = this.#unread.concat(all.slice(at))
    }
  }

  readonly #begin = (): void => {
    this.#began = performance.now()
    this.#next()
  }

  readonly #next = (): void => {
    const next = this.#unread[this.#head]
    if (next === undefined) return
    this.#head++
    try {
      next.reader.read(next.message)
    } finally {
      this.#goOn()
    }
  }

  /** Behind what has been waiting for the reply: that counts, too. */
  #goOn(): void {
    if (this.#head === this.#unread.length || this.#head === MAX_READ) {
      this.#unread = this.#unread.slice(this.#head)
      this.#head = 0
    }
    if (this.#unread.length === 0) return
    queueMicrotask(() => {
      if (performance.now() - this.#began < TURN_MS) this.#next()
      else setImmediate(this.#begin)
    })
  }
}

/** There is one main, however many runtimes. */
export const mainTurns = new MainTurns()
