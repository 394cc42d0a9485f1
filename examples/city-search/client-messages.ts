/** What the main process asks of the load client. */
export type ToClient =
  | { readonly type: 'ask'; readonly url: string; readonly count: number }
  | { readonly type: 'load'; readonly url: string }
  | { readonly type: 'finish' }

/** What the load client tells the main process. */
export type FromClient =
  | { readonly type: 'answers'; readonly answers: readonly string[] }
  | { readonly type: 'progress'; readonly answered: number }
  | { readonly type: 'tally'; readonly tally: Tally }
  | { readonly type: 'failed'; readonly reason: string }

/** What the load client saw, by its own count. */
export interface Tally {
  readonly requests: number
  /** Requests without a reply: broken connections and timeouts. */
  readonly failures: number
  readonly non2xx: number
  /** By city: updates that were sent. */
  readonly sent: ReadonlyMap<number, number>
  /** By city: updates that were answered with a 2xx. */
  readonly acknowledged: ReadonlyMap<number, number>
  /** When each request was sent and answered, alternating, in ms since the epoch. */
  readonly times: Float64Array
}
