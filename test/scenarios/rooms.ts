import { setTimeout as pause } from 'node:timers/promises'
import type { Code, ProcessRef, Runtime, RuntimeOptions, VersionState } from 'moult'
import { expect } from 'vitest'
import type roomV1 from '../fixtures/versions/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

export type Room = typeof roomV1

/** A runtime, one code in it, and its processes. */
export interface Rooms {
  readonly runtime: Runtime
  readonly code: Code<Room>
  readonly refs: readonly ProcessRef<Room>[]
}

/** A file of test/fixtures/versions: `v2`, `v2-other`, … */
export function roomFile(name: string): URL {
  return fixture(`versions/${name}.ts`)
}

/** Processes `room 0`, `room 1`, … of v1, each in a thread of its own where nothing else is said. */
export async function open(
  count: number,
  options: RuntimeOptions = {},
  isolates: number | 'per-process' = 'per-process',
): Promise<Rooms> {
  const runtime = await testRuntime({ exitGraceMs: 200, ...options })
  const code = await runtime.load<Room>(roomFile('v1'), { name: 'room', isolates })
  const names = Array.from({ length: count }, (_, index) => `room ${index}`)
  const refs = await Promise.all(names.map((name) => code.spawn({ name })))
  return { runtime, code, refs }
}

/** Loads versions into a code. Nothing moves. */
export async function loadAll(code: Code<Room>, ...names: string[]): Promise<void> {
  for (const name of names) await code.load(roomFile(name))
}

/** Processes of v1 in a code that knows v1 to v4, each of which knows its neighbours only. */
export async function chain(count: number, options?: RuntimeOptions): Promise<Rooms> {
  const rooms = await open(count, options)
  await loadAll(rooms.code, 'v2', 'v3', 'v4')
  return rooms
}

/** The state of each version, by label. */
export async function statesOf(code: Code<Room>): Promise<Record<string, VersionState>> {
  const versions = await code.versions()
  return Object.fromEntries(versions.map(({ version, state }) => [version, state]))
}

/** The label that each process runs. */
export function labelsOf(refs: readonly ProcessRef<Room>[]): string[] {
  return refs.map(({ version }) => version)
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  )
}

/** All processes have a thread of their own, and nothing else is alive. */
export async function expectNoOthers({ runtime }: Rooms, kept = 0): Promise<void> {
  const alive = expect.poll(() => runtime.isolates, { timeout: 10_000 })
  await alive.toBe(runtime.processes().length + kept)
}

/** Checks that what `run` refuses has changed nothing: same threads, same live state objects, same queue. */
export async function expectUntouched(
  { refs }: Rooms,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const before = await Promise.all(refs.map((ref) => ref.call('witness')))
  const refused = failure(run())
  const meanwhile = Promise.all(refs.map((ref) => ref.call('witness')))
  const error = await refused
  expect((await meanwhile).map(({ handled }) => handled)).toEqual(
    before.map(({ handled }) => handled + 1),
  )
  const after = await Promise.all(refs.map((ref) => ref.call('witness')))
  expect(after).toEqual(before.map((each) => ({ ...each, handled: each.handled + 2 })))
  return error
}

/** Sends numbered messages to a process until it is told to end. */
export class Sender {
  readonly #ref: ProcessRef<Room>
  readonly #replies: Promise<{ number: number; version: string }>[] = []
  readonly #running: Promise<void>
  #sent = 0
  #isEnding = false
  /** The version that answered last. */
  #answeredBy: string | undefined

  constructor(ref: ProcessRef<Room>) {
    this.#ref = ref
    this.#running = this.#run()
  }

  /** Waits until a version has answered: a swap may come before it has handled anything. */
  async hears(version: string): Promise<void> {
    await expect.poll(() => this.#answeredBy, { timeout: 20_000 }).toBe(version)
  }

  /** Each was handled once and in order. @returns the versions that answered, in order, each once. */
  async end(): Promise<string[]> {
    this.#isEnding = true
    await this.#running
    const replies = await Promise.all(this.#replies)
    const numbers = replies.map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, index) => 2 * index + 1))
    expect(await this.#ref.call('wrong')).toEqual([])
    expect(await this.#ref.call('last')).toEqual({ sender: this.#sent })
    const versions = replies.map(({ version }) => version)
    return versions.filter((each, index) => each !== versions[index - 1])
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      for (let count = 0; count < 3; count++) {
        this.#replies.push(this.#ref.call('enter', this.#next()))
        this.#ref.cast('put', this.#next())
      }
      // No faster than it is handled.
      this.#answeredBy = (await this.#replies.at(-1))?.version
      // Nor as fast as it can be: several senders would leave no processor to what they are to disturb.
      await pause(1)
    }
  }

  #next(): { sender: string; number: number } {
    return { sender: 'sender', number: ++this.#sent }
  }
}
