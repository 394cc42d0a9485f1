import type { Services } from 'moult'
import { gate } from '../support/gate.ts'
import type { Gates } from '../fixtures/gates.ts'

/** The test's side of the gates at which handlers wait. */
export class TestGates implements Gates {
  readonly #gates = new Map<string, ReturnType<typeof pair>>()

  /** The service to lend. Other tests declare services of their own, which the processes of these do not use. */
  get services(): Services {
    return { gates: { pass: (name: string) => this.pass(name) } } as Services
  }

  pass(name: string): Promise<void> {
    const { arrived, way } = this.#gate(name)
    arrived.open()
    return way.opened
  }

  /** Resolves when a handler waits at the gate, or has passed it. */
  reached(name: string): Promise<void> {
    return this.#gate(name).arrived.opened
  }

  open(name: string): void {
    this.#gate(name).way.open()
  }

  /** Opens all at which a handler waits or has waited, and forgets them. */
  openAll(): void {
    for (const { way } of this.#gates.values()) way.open()
    this.#gates.clear()
  }

  #gate(name: string): ReturnType<typeof pair> {
    const known = this.#gates.get(name) ?? pair()
    this.#gates.set(name, known)
    return known
  }
}

function pair(): {
  readonly arrived: ReturnType<typeof gate>
  readonly way: ReturnType<typeof gate>
} {
  return { arrived: gate(), way: gate() }
}
