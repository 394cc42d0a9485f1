import * as v from 'valibot'
import { count, isObject, ms, object, oneOf, wholeNumber, withoutIdle } from './option-kinds.ts'

const NEVER = ['maxRestarts', 'withinMs', 'orElse'] as const

/** When and with what a process is made anew. */
export const restart = v.pipe(
  withoutIdle(
    object({
      policy: v.optional(oneOf('transient', 'temporary')),
      maxRestarts: v.optional(wholeNumber(0)),
      withinMs: v.optional(ms),
      from: v.optional(oneOf('checkpoint', 'init', 'never')),
      orElse: v.optional(oneOf('init', 'stop')),
    }),
    [NEVER, ({ from }) => (from === 'never' ? "from is 'never'" : undefined)],
    [
      [...NEVER, 'from'],
      ({ policy }) => (policy === 'temporary' ? "policy is 'temporary'" : undefined),
    ],
    [['orElse'], ({ from }) => (from === 'init' ? "from is 'init'" : undefined)],
  ),
  v.transform(({ policy, maxRestarts = 3, withinMs = 5_000, from, orElse = 'stop' }) => {
    const isTemporary = policy === 'temporary' || from === 'never'
    return {
      policy: isTemporary ? ('temporary' as const) : ('transient' as const),
      maxRestarts,
      withinMs,
      from: from === 'init' ? ('init' as const) : ('checkpoint' as const),
      orElse,
    }
  }),
)

const EXPECTED = 'false or an object with everyMessages, everyMs or both'

const rule = v.pipe(
  object({ everyMessages: v.optional(count), everyMs: v.optional(count), log: v.optional(count) }),
  v.check((given) => given.everyMessages !== undefined || given.everyMs !== undefined, EXPECTED),
)

/** How often a state is copied to main. */
export const checkpoint = v.lazy((value) => (isObject(value) ? rule : v.literal(false, EXPECTED)))
