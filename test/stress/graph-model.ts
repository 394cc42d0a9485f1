import type { GraphReceipt } from './fixtures/behaviour.ts'
import { changeGraph, madeGraph, textOf } from './fixtures/graph.ts'
import type { GraphArgs } from './fixtures/graph.ts'

/** The graph that a process should hold, by what was answered: a receipt says after how many changes it was written. */
export class GraphModel {
  readonly #args: GraphArgs
  #graph: object
  #epoch = 0
  #changes = 0
  /** Seeds of changes that were answered, by what is counted in the process. */
  readonly #answered = new Map<number, number>()

  constructor(args: GraphArgs) {
    this.#args = args
    this.#graph = madeGraph(args)
  }

  /** A change of this seed was answered. @returns what does not fit. */
  changed(receipt: GraphReceipt, seed: number): string | undefined {
    if (!this.#isOfThisLife(receipt)) return undefined
    const { changes } = receipt
    if (changes <= this.#changes || this.#answered.has(changes))
      return `two changes are number ${changes}`
    this.#answered.set(changes, seed)
    return undefined
  }

  /** A look was answered, and all that was answered before it. @returns what does not fit. */
  looked(receipt: GraphReceipt & { readonly text: string }): string | undefined {
    if (!this.#isOfThisLife(receipt) || receipt.changes < this.#changes) return undefined
    while (this.#changes < receipt.changes) {
      const seed = this.#answered.get(++this.#changes)
      if (seed === undefined) return `nothing was answered for change ${this.#changes}`
      this.#answered.delete(this.#changes)
      changeGraph(this.#graph, seed)
    }
    return difference(receipt.text, textOf(this.#graph))
  }

  /** After a crash a process begins anew. */
  #isOfThisLife({ epoch }: GraphReceipt): boolean {
    if (epoch > this.#epoch) {
      this.#epoch = epoch
      this.#graph = madeGraph(this.#args)
      this.#changes = 0
      this.#answered.clear()
    }
    return epoch === this.#epoch
  }
}

function difference(seen: string, expected: string): string | undefined {
  if (seen === expected) return undefined
  const [lines, model] = [seen.split('\n'), expected.split('\n')]
  const at = model.findIndex((line, number) => line !== lines[number])
  return `its graph differs in object ${at}: ${short(lines[at])}, and not ${short(model[at])}`
}

function short(line: string | undefined): string {
  return line === undefined ? 'nothing' : line.slice(0, 200)
}
