import type { AnyDefinition, Code, Runtime } from 'moult'
import type { Books } from './books.ts'
import type { Instance } from './instance.ts'
import type { StressOptions } from './options.ts'
import type { Slot } from './slots.ts'

/** An upgrade that is under way, and the processes it may touch. */
export interface Move {
  readonly begin: number
  readonly target: number
  readonly instances: Map<Instance, { readonly from: number; readonly wasThere: boolean }>
}

/** A code under test. */
export interface Line {
  readonly name: 'alpha' | 'beta'
  readonly code: Code<AnyDefinition>
  readonly slots: Slot[]
  /** Whether its processes share isolates. */
  readonly isShared: boolean
  /** Upgrades of the whole code that are under way: who is spawned meanwhile is moved as well. */
  readonly moves: Set<Move>
}

/** What all actors of a run share. */
export class World {
  readonly options: StressOptions
  readonly runtime: Runtime
  readonly books: Books
  /** Else whatever is to happen in the midst of an upgrade happens at a time instead of a phase. */
  readonly hasFaultPoints: boolean
  readonly lines: Line[] = []
  /** Actors finish what they are at and stop. */
  isEnding = false
  /** The runtime is being closed while actors are still at work: whatever they try may be refused. */
  isClosing = false

  constructor(options: StressOptions, runtime: Runtime, books: Books, hasFaultPoints: boolean) {
    this.hasFaultPoints = hasFaultPoints
    this.options = options
    this.runtime = runtime
    this.books = books
  }

  get slots(): Slot[] {
    return this.lines.flatMap(({ slots }) => slots)
  }

  goesOn(): boolean {
    return !this.isEnding && !this.isClosing && !this.books.isFull
  }

  trace(actor: string, what: () => string): void {
    if (this.options.trace) console.log(`${actor}: ${what()}`)
  }

  /** Enters how an operation ended. An error that it may not end with is a violation. */
  conclude(operation: string, who: string, error: unknown, code: string, expected: Set<string>) {
    this.books.count(operation, code)
    const isFine = expected.has(code) || (this.isClosing && code === 'RUNTIME_CLOSED')
    if (isFine) return
    const stack = error instanceof Error ? `\n${describe(error)}` : ''
    this.books.violate(`${operation} of ${who} ended with ${code}, which it should not${stack}`)
  }
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? `\n  caused by ${describe(error.cause)}` : ''
  return `  ${error.stack ?? error.message}${cause}`
}
