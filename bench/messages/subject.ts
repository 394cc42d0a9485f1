/** Something that sends messages to one thread, measured in the same ways as the others. */
export interface Subject {
  readonly name: string
  /** Calls one after the other; how long each took, in ms. */
  sequential(count: number, payload: unknown): Promise<Float64Array>
  /** Calls with always `outstanding` of them on the way. Resolves with the last reply. */
  pipelined(count: number, outstanding: number, payload: unknown): Promise<void>
  /** Messages without reply, `perTick` in each turn of the event loop. Resolves when all have been handled. */
  oneWay?(count: number, perTick: number): Promise<void>
  close(): Promise<unknown>
}

/** How libraries are called: a function that returns a promise. */
export type Call = (payload: unknown) => Promise<unknown>

export async function callSequentially(
  call: Call,
  count: number,
  payload: unknown,
): Promise<Float64Array> {
  const durations = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    await call(payload)
    durations[i] = performance.now() - began
  }
  return durations
}

export async function callPipelined(
  call: Call,
  count: number,
  outstanding: number,
  payload: unknown,
): Promise<void> {
  let left = count
  async function caller(): Promise<void> {
    while (left-- > 0) await call(payload)
  }
  await Promise.all(Array.from({ length: outstanding }, caller))
}

/** Calls `send` in bursts, with a turn of the event loop between them. */
export async function sendInBursts(
  send: (payload: number) => void,
  count: number,
  perTick: number,
): Promise<void> {
  for (let sent = 0; sent < count; sent += perTick) {
    const end = Math.min(count, sent + perTick)
    for (let i = sent; i < end; i++) send(1)
    await new Promise(setImmediate)
  }
}
