import { setImmediate } from 'node:timers/promises'
import type { Answer } from './plugin.ts'

/** Asks plug-ins over HTTP, and keeps what it was told. */
export class Client {
  readonly #url: string
  readonly #runs = new Map<string, number[]>()
  #failed = 0

  constructor(url: string) {
    this.#url = url
  }

  async ask(name: string, input: string): Promise<string> {
    const response = await fetch(`${this.#url}/${name}?${input}`)
    if (!response.ok) {
      this.#failed++
      return response.text()
    }
    const { text, runs } = (await response.json()) as Answer
    this.#runs.set(name, [...(this.#runs.get(name) ?? []), runs])
    return text
  }

  /** Asks again and again, until it is told to end. */
  async keepAsking(name: string, input: string, end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await this.ask(name, input)
      await setImmediate()
    }
  }

  get answered(): number {
    return [...this.#runs.values()].flat().length
  }

  get failed(): number {
    return this.#failed
  }

  /** A plug-in numbers its answers. Numbers that are missing, or there twice, were lost or given twice by an upgrade. */
  get misnumbered(): number {
    return [...this.#runs.values()].flatMap((runs) =>
      runs.toSorted((a, b) => a - b).filter((run, at) => run !== at + 1),
    ).length
  }
}
