import { randomUUID } from 'node:crypto'
import type { Destination } from '../../../src/protocol/bytes/destination.ts'
import { sendExact } from '../../../src/protocol/bytes/send-exact.ts'
import { sharedNow } from '../../../src/protocol/clock.ts'
import { calendarOf } from '../../../src/protocol/definition/calendar.ts'
import type { ProcessContext } from '../../../src/protocol/definition/context.ts'
import type { Contract } from '../../../src/protocol/definition/contract.ts'
import { extraArguments } from '../../../src/protocol/extra-arguments.ts'
import { noName } from '../../../src/protocol/no-name.ts'
import { noSuchOption } from '../../../src/protocol/no-such-option.ts'
import { reasonOf } from '../../../src/protocol/reason.ts'
import { unknownOperation } from '../../../src/protocol/unknown-operation.ts'
import type { CancelTimer, Schedule, SetTimer } from '../../../src/protocol/wire/timers.ts'
import { wrongValue } from '../../../src/protocol/wrong-value.ts'

/** The functions of a context that are about timers. */
export type TimerFunctions = Pick<ProcessContext, 'after' | 'every' | 'cron' | 'cancel'>

/** What is said to main of a timer, without the place of its process. */
export type UnplacedTimer = Omit<SetTimer, 'slot'> | Omit<CancelTimer, 'slot'>

const REFUSAL = { code: 'UNCLONEABLE_ARGUMENT', root: 'payload' } as const
const LATE = ['fire', 'coalesce', 'skip'] as const

/** How one of the functions was called. */
interface Asked {
  readonly where: string
  readonly schedule: Schedule
  readonly cast: unknown
  readonly payload: unknown
  readonly options: Given
}

/** Options of a timer, as they came. */
type Given = Readonly<Record<'name' | 'late' | 'timeZone', unknown>>

/** The functions of one process. They can be taken out of the context. */
export function timerFunctions(
  process: string,
  contract: Contract,
  destination: Destination,
  post: (message: UnplacedTimer) => void,
): TimerFunctions {
  const set = ({ where, schedule, cast, payload, options }: Asked): string => {
    if (typeof cast !== 'string') throw noName(where, 'cast', cast)
    if (!contract.casts.includes(cast)) throw unknownOperation('cast', cast, contract, process)
    const { name: timer = randomUUID(), late = schedule.by === 'after' ? 'fire' : 'coalesce' } =
      options
    const isNamed = typeof timer === 'string' && timer !== ''
    if (!isNamed) throw wrongValue(where, 'name', 'a text of at least one character', timer)
    const policy = LATE.find((each) => each === late)
    if (policy === undefined) throw wrongValue(where, 'late', oneOf(LATE), late)
    const what = { timer, schedule, setAt: sharedNow(), late: policy, cast }
    sendExact(payload, { ...REFUSAL, destination }, (prototypes, sent) => {
      post({ type: 'set-timer', ...what, payload: sent, prototypes })
    })
    return timer
  }
  const by = (kind: 'after' | 'every'): ProcessContext['after'] => {
    const where = `context.${kind}`
    return (ms, cast, payload, options, ...extra: unknown[]) => {
      checkCount(where, 'ms', extra)
      checkTime(where, kind, ms)
      const given = optionsOf(where, options, ['name', 'late'])
      return set({ where, schedule: { by: kind, ms }, cast, payload, options: given })
    }
  }
  return {
    after: by('after'),
    every: by('every'),
    cron: (expression, cast, payload, options, ...extra: unknown[]) => {
      const where = 'context.cron'
      checkCount(where, 'expression', extra)
      const given = optionsOf(where, options, ['name', 'late', 'timeZone'])
      const schedule = calendar(where, expression, given.timeZone)
      return set({ where, schedule, cast, payload, options: given })
    },
    cancel: (timer, ...extra: unknown[]) => {
      if (extra.length > 0) throw extraArguments('context.cancel', ['timer'], 1 + extra.length)
      if (typeof timer !== 'string') throw noName('context.cancel', 'timer', timer)
      post({ type: 'cancel-timer', timer })
    },
  }
}

function checkCount(where: string, first: string, extra: readonly unknown[]): void {
  const takes = [first, 'cast', 'payload', 'options']
  if (extra.length > 0) throw extraArguments(where, takes, takes.length + extra.length)
}

function checkTime(where: string, kind: 'after' | 'every', ms: unknown): void {
  const isTime = typeof ms === 'number' && Number.isFinite(ms)
  if (kind === 'every' && !(isTime && ms >= 1))
    throw wrongValue(where, 'ms', 'a time in ms, of at least 1', ms)
  if (!(isTime && ms > 0)) throw wrongValue(where, 'ms', 'a time in ms, above 0', ms)
}

function calendar(where: string, expression: unknown, timeZone: unknown): Schedule {
  if (typeof expression !== 'string') throw noName(where, 'expression', expression)
  if (timeZone !== undefined && typeof timeZone !== 'string')
    throw wrongValue(where, 'timeZone', 'the name of a time zone', timeZone)
  let next: number | undefined
  try {
    next = calendarOf(expression, timeZone)(Date.now())
  } catch (cause) {
    const expected = `a cron expression, and a time zone that exists (${reasonOf(cause)})`
    throw wrongValue(
      where,
      'expression',
      expected,
      timeZone === undefined ? expression : [expression, timeZone].join(' in '),
    )
  }
  if (next === undefined)
    throw wrongValue(where, 'expression', 'one with a time to come', expression)
  return { by: 'cron', expression, timeZone }
}

/** @throws MoultError `INVALID_OPTION` */
function optionsOf(where: string, options: unknown, names: readonly (keyof Given)[]): Given {
  const none: Given = { name: undefined, late: undefined, timeZone: undefined }
  if (options === undefined) return none
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongValue(where, 'options', 'an object of options', options)
  for (const key of Object.keys(options)) {
    if (!names.some((name) => name === key)) throw noSuchOption(where, `options.${key}`, key, names)
  }
  return { ...none, ...options }
}

function oneOf(values: readonly string[]): string {
  return `one of ${values.map((each) => `'${each}'`).join(', ')}`
}
