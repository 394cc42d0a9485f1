/** What one sample of a variant gives: values by what was measured. */
export type Sample = Readonly<Record<string, readonly number[]>>

/** One way of having a large state, or many processes. */
export interface Variant {
  readonly name: string
  sample(): Promise<Sample>
  close(): Promise<unknown>
}

/** How long (ms) a client is watched around a swap: as long as plain moult needs, so that noise has the same time everywhere. */
export interface WindowLength {
  ms: number
}
