import type { Message } from './message.ts'
import type { Process } from './process.ts'

/** A call that a handler has made and that is not answered yet. */
export interface OpenCall {
  readonly from: Process
  readonly to: Process
  /** Of the call, as `to` declares it. */
  readonly name: string
  /** The message whose handler has made it. Undefined for `init`, and for what a handler has left behind. */
  readonly outer: Message | undefined
  /** Settles with the call. */
  readonly answer: Promise<unknown>
}
