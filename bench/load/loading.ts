/** One way of getting a program into a thread. */
export interface Loading {
  readonly name: string
  /** What does not count: a fresh thread, a store without the image. */
  readonly prepare?: () => Promise<void>
  /** Does it once. Resolves to how long (ms) it took. */
  readonly load: () => Promise<number>
  /** Puts things back as they were. */
  readonly tidy?: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
