import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { AnyDefinition, Code, ErrorCode, ErrorDetails, Phase, ProcessRef } from 'moult'
import type { LoadOptions, Runtime, Services, SpawnOptions } from 'moult'
import { writeFiles } from '../../support/project.ts'
import { quickRuntime } from '../../support/runtime.ts'
import { TestGates } from '../gates.ts'
import { programs } from './programs.ts'

/** A program of which nothing is known. */
export interface Loose extends AnyDefinition {
  readonly init: (args: unknown) => unknown
  readonly calls: Record<string, (state: never, payload?: unknown) => unknown>
}

/** Where the errors of a table come about: one runtime, whose rows have a code and processes each. */
export class World {
  readonly runtime: Runtime
  readonly folder: string
  readonly gates = new TestGates()
  /** What happens before a phase of an upgrade. */
  at: (phase: Phase) => unknown = () => undefined
  /** What happens when a process begins. */
  atInit: () => unknown = () => undefined
  #codes = 0

  static async open(): Promise<World> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'moult-test-')))
    await writeFiles(folder, programs)
    return new World(folder)
  }

  private constructor(folder: string) {
    this.folder = folder
    this.runtime = quickRuntime({
      services: { ...this.gates.services, init: () => this.atInit() } as Services,
      faultPoint: async (phase) => {
        await this.at(phase)
      },
      warmSpares: 0,
      exitGraceMs: 100,
    })
  }

  file(name: string): string {
    return path.join(this.folder, name)
  }

  /** A code of its own, of a file. */
  load(name = 'v1.js', options: LoadOptions = {}): Promise<Code<Loose>> {
    const named = { name: `code ${++this.#codes}`, ...options }
    return this.runtime.load<Loose>(this.file(name), named)
  }

  /** A process \`p\` of a code of its own. */
  async spawn(options: Partial<SpawnOptions<unknown>> = {}): Promise<Pair> {
    const code = await this.load()
    return { code, ref: await code.spawn({ name: 'p', args: undefined, ...options }) }
  }

  /** The same, in a handler that waits at the gate \`held\`. */
  async hold(options: Partial<SpawnOptions<unknown>> = {}): Promise<Pair> {
    const pair = await this.spawn(options)
    pair.ref.call('hold', 'held').catch(() => undefined)
    await this.gates.reached('held')
    return pair
  }

  /** As it was before the first row, but for what is loaded. */
  async reset(): Promise<void> {
    this.at = () => undefined
    this.atInit = () => undefined
    this.gates.openAll()
    await Promise.all(this.runtime.processes().map((each) => each.stop()))
  }

  async close(): Promise<void> {
    await this.runtime.close({ timeoutMs: 1000 })
    await rm(this.folder, { recursive: true })
  }
}

/** A code and a process of it. */
export interface Pair {
  readonly code: Code<Loose>
  readonly ref: ProcessRef<Loose>
}

/** The smallest that brings an error about, and what the error says. */
export interface Row {
  readonly bring: (world: World) => Promise<unknown>
  /** Beside the code. */
  readonly error: { readonly [Name in keyof ErrorDetails | 'cause' | 'message']?: unknown }
}

/** Rows of a table, by their codes. */
export type Rows = Readonly<Partial<Record<ErrorCode, Row>>>
