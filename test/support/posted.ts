import type { Deliver, FromIsolate, FromMain, Replies } from '../../src/protocol/wire/messages.ts'
import { readRuns } from '../../src/protocol/wire/runs.ts'

/** An entry of a batch: a message to a process, or how one ended. `kind` is an operation or an outcome. */
export interface Entry {
  readonly slot: number
  readonly sequence: number
  readonly kind: number
  readonly value: unknown
}

/** What a thread reads of what main has posted, one after the other. */
export type ToThread = Entry | Exclude<FromMain, Deliver | { readonly type: 'several' }>
/** What main reads of what a thread has posted, one after the other. */
export type ToMain = Entry | Exclude<FromIsolate, Replies | { readonly type: 'several' }>

export function readByThread(posts: readonly unknown[]): ToThread[] {
  return each(posts) as ToThread[]
}

export function readByMain(posts: readonly unknown[]): ToMain[] {
  return each(posts) as ToMain[]
}

function each(posts: readonly unknown[]): unknown[] {
  return (posts as (FromMain | FromIsolate)[]).flatMap((message): unknown[] => {
    if (!('type' in message)) return entriesOf(message)
    return message.type === 'several' ? each(message.messages) : [message]
  })
}

function entriesOf(batch: readonly unknown[]): Entry[] {
  const entries: Entry[] = []
  readRuns(batch, (slot, sequence, kind, from, to) => {
    for (let at = from; at < to; at++) {
      entries.push({ slot, sequence: sequence + at - from, kind, value: batch[at] })
    }
  })
  return entries
}
